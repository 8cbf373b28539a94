/** Finds all mutants of the engine, in the order of the sources. */

import type { SourceTree } from "../../build/sources.js";
import type { Mutant } from "./mutant.js";
import { OPERATORS } from "./operators/index.js";
import { bodiesOf } from "./tree.js";

/** The files whose declarations are changed: the reverse map, and who uses it. */
const SCOPE = /^(?:rmap|reclaim|ksm|swap)\/|^mm\/(?:fault\w*|zap|copy|merge)\.ts$/;

/** Every mutant. */
export async function findMutants(sources: SourceTree): Promise<Mutant[]> {
  const paths = [...sources.keys()].filter((path) => SCOPE.test(path)).sort();
  const found = await Promise.all(paths.map((path) => mutantsOf(path, sources.get(path)?.text ?? "")));
  return found.flat();
}

/** The mutants of one file. No two of them are the same text. */
export async function mutantsOf(file: string, text: string): Promise<Mutant[]> {
  const mutants: Mutant[] = [];
  const known = new Set<string>();
  for (const body of await bodiesOf(text, file)) {
    const { declaration } = body;
    for (const { name: operator, find } of OPERATORS) {
      let number = 0;
      for (const change of find(body)) {
        const key = JSON.stringify(change.edits);
        const [first] = [...change.edits].sort((a, b) => a.start - b.start);
        if (known.has(key) || first === undefined) continue;
        known.add(key);
        const line = text.slice(0, first.start).split("\n").length;
        const name = `${file}:${declaration}/${operator}/${++number}`;
        mutants.push({ name, file, declaration, operator, line, ...change });
      }
    }
  }
  return mutants;
}

/** Whether a mutant belongs to what was asked for: its name, its declaration, its file, or the begin of one. */
export function isOf({ name, file, declaration }: Mutant, part: string): boolean {
  if (part === "" || name === part || file === part || declaration === part) return true;
  if (declaration.split(".")[0] === part || `${file}:${declaration}` === part) return true;
  return file.startsWith(part.endsWith("/") ? part : `${part}/`);
}
