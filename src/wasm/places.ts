/**
 * Numbered places in the code, one for each access. The compiler has no line intrinsic, so an overlay writes
 *
 *     @external("build", "place")
 *     declare const PLACE: u32;
 *
 * and passes `PLACE` to its hooks. Here each use gets its own number, counted in the compiler's unoptimised text,
 * where inlined accessors are already in the function that uses them: `rmap/prepare/anonVmaPrepare#2` is the second
 * use there. The names change only when their function does, so that a replay string outlives changes elsewhere.
 */

/** A module's text with its places numbered, and the name of each number. */
export interface NumberedText {
  readonly text: string;
  /** Names by number. */
  readonly places: readonly string[];
}

/** Name of the custom section that holds the places' names, by number. */
export const PLACES_SECTION = "rmap.places";

/** The text of the imported global that means "here"; its name may be quoted. */
const IMPORT = /\(import "build" "place" \(global (\$"[^"]*"|\$[^\s()]+) i32\)\)/;

/** The head of a function. */
const FUNCTION = /^ ?\(func (?:\$"([^"]*)"|\$([^\s()]+))/;

/** True when a module uses numbered places. */
export function wantsPlaces(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(
    (entry) => entry.module === "build" && entry.name === "place" && entry.kind === "global",
  );
}

/** Numbers the uses of `build.place` in a module's text, which is Binaryen's with one instruction a line. */
export function numberPlaces(text: string): NumberedText {
  const name = IMPORT.exec(text)?.[1];
  if (name === undefined) return { text, places: [] };
  const use = `(global.get ${name})`;
  const places: string[] = [];
  let inside = "";
  let count = 0;
  const lines = text.split("\n").map((line) => {
    const head = FUNCTION.exec(line);
    if (head !== null) {
      inside = (head[1] ?? head[2] ?? "").replace(/^assembly\//, "");
      count = 0;
    }
    return line.replaceAll(use, () => {
      places.push(`${inside}#${++count}`);
      return `(i32.const ${places.length - 1})`;
    });
  });
  return { text: lines.join("\n"), places };
}
