/** The script of a whole trace: every line is of the language, every process exists, no access goes astray. */

import { describe, expect, it } from "vitest";
import { traceToOps } from "../../src/replay/to-ops.js";
import { traceFile } from "../../src/trace/source.js";
import { type Backing, ModelSpace } from "./memory-model.js";

const PROT: Readonly<Record<string, number>> = { none: 0, r: 1, rw: 3 };

/** Executes the words that the writer uses; returns how many accesses were refused. */
function execute(text: string): { operations: number; refused: number; live: number; cpus: Set<number> } {
  const processes = new Map([[0, new ModelSpace()]]);
  const file: Backing = { pages: Number(/^# file pages: (\d+)$/m.exec(text)?.[1]) };
  const cpus = new Set<number>();
  let operations = 0;
  let refused = 0;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const words = line.split(" ");
    const number = (i: number) => Number(words[i]);
    if (words[0] === "cpu") {
      cpus.add(number(2));
      continue;
    }
    operations++;
    const space = processes.get(number(0));
    if (space === undefined) throw new Error(`no process: ${line}`);
    switch (words[1]) {
      case "read":
      case "write":
        expect(Number.isSafeInteger(number(words.length - 1))).toBe(true);
        if (space.access(number(2), words[1] === "write") !== 0) refused++;
        break;
      case "touch":
        for (let i = 0; i < number(3); i++)
          if (space.access(number(2) + i, words[4] === "w") !== 0) refused++;
        break;
      case "mmap":
        expect(line).toMatch(/^\d+ mmap \d+ \d+ (rw|r|none) (private|shared) (anon|file \d+)$/);
        space.map(
          number(2),
          number(3),
          PROT[words[4] as string] as number,
          words[5] === "shared" ? 1 : 2,
          words[6] === "file" ? file : null,
          words[6] === "file" ? number(7) : 0,
        );
        break;
      case "mremap":
        space.remap(number(2), number(3), number(4), words[5] === undefined ? number(2) : number(5), false);
        break;
      case "munmap":
        space.unmap(number(2), number(3));
        break;
      case "mprotect":
        space.protect(number(2), number(3), PROT[words[4] as string] as number);
        break;
      case "madvise":
        expect(["dontneed", "cold"]).toContain(words[4]);
        break;
      case "fork":
        expect(processes.has(number(2))).toBe(false);
        processes.set(number(2), space.fork());
        break;
      case "exit":
        processes.delete(number(0));
        break;
      default:
        throw new Error(`not of the language: ${line}`);
    }
  }
  return { operations, refused, live: processes.size, cpus };
}

describe.each([
  { name: "bash", folder: "../../traces", cpus: [0, 1] },
  { name: "redis", folder: "../../traces", cpus: [0, 1] },
  { name: "threads", folder: "../../traces", cpus: [0, 1] },
  // 4 pages of a file are mapped; the mapping grows to 16 pages, which are written.
  { name: "mremap-file", folder: "fixtures", cpus: [0] },
])("$name", ({ name, folder, cpus }) => {
  it("becomes a script that runs", async () => {
    let text = "";
    const url = new URL(`${folder}/${name}.perf.txt.gz`, import.meta.url);
    const figures = await traceToOps(traceFile(url.pathname), (piece) => {
      text += piece;
    });
    expect(figures.skipped).toEqual({});
    expect(text).toMatch(/^# .*\n# /);
    expect(text).toContain(`# file pages: ${figures.filePages}\n`);
    const ran = execute(text);
    expect(ran).toMatchObject({ operations: figures.operations, refused: 0, live: 1 });
    expect([...ran.cpus].sort()).toEqual(cpus);
  });
});
