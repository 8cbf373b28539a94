/** Makes a failing input smaller: fewer calls, fewer lines, fewer bytes, as long as it fails in the same way. */
import { type Input, mainEntry } from "./input.js";

/** How much a shrinking may cost. */
export interface ShrinkBounds {
  readonly runs: number;
  readonly milliseconds: number;
}

/** A smaller input for which `fails` still holds, or the input itself. */
export async function shrink(
  input: Input,
  fails: (candidate: Input) => Promise<boolean>,
  bounds: ShrinkBounds,
): Promise<Input> {
  const until = performance.now() + bounds.milliseconds;
  let runs = 0;
  const test = async (candidate: Input) => {
    if (++runs > bounds.runs || performance.now() > until) return undefined;
    return fails(candidate);
  };
  if (input.calls) {
    const [first, ...rest] = input.calls;
    const kept = await fewer(rest, (calls) => test({ ...input, calls: [first, ...calls] }));
    return { ...input, calls: [first, ...kept] };
  }
  const at = mainEntry(input);
  const entry = input.entries[at];
  if (entry === undefined || !("text" in entry)) return input;
  const withText = (text: string): Input => ({
    ...input,
    entries: input.entries.map((other, index) => (index === at ? { path: entry.path, text } : other)),
  });
  const lines = await fewer(entry.text.split("\n"), (part) => test(withText(part.join("\n"))));
  const text = lines.join("\n");
  const bytes =
    text.length > 600 ? [...text] : await fewer([...text], (part) => test(withText(part.join(""))));
  return withText(bytes.join(""));
}

/** Takes out runs of items, half of all first, then ever shorter ones. */
async function fewer<T>(all: readonly T[], holds: (part: T[]) => Promise<boolean | undefined>): Promise<T[]> {
  let items = [...all];
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < items.length; ) {
      const part = [...items.slice(0, at), ...items.slice(at + size)];
      const held = part.length > 0 ? await holds(part) : false;
      if (held === undefined) return items;
      if (held) items = part;
      else at += size;
    }
  }
  return items;
}
