/** What two machines hold differently after two programs. */

import { expect, it } from "vitest";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { stateDifference } from "../../dist/check/state.js";
import { parseScript } from "../../dist/ops/script.js";
import { loadModule } from "../../dist/wasm/module.js";

const shape = { frames: 64, swap: 32 };
const module = await loadModule({ checked: true });
const machines = [new CheckedMachine(module, shape), new CheckedMachine(module, shape)] as const;

const BEGIN = "0 mmap 0 4 rw private anon\n0 write 0 5\n0 write 1 6\n";

/** Runs a script on a machine, behind what all of them begin with. */
function run(machine: CheckedMachine, text: string): void {
  machine.restore();
  for (const operation of parseScript(BEGIN + text, "made-up.ops")) machine.run(operation);
}

it.each<[one: string, other: string, field: string | undefined]>([
  ["", "", undefined],
  ["0 write 0 7\n", "0 write 0 8\n", "content"],
  ["0 touch 2 1 r\n", "0 touch 2 1 w\n", "page table entry"],
  ["0 mprotect 3 1 r\n", "0 madvise 3 1 dontfork\n", "Vma.flags"],
  ["0 munmap 3 1\n", "0 munmap 2 2\n", "Vma.end"],
  ["0 fork 1\n0 write 0 7\n0 write 1 8\n", "0 fork 1\n0 write 1 8\n0 write 0 7\n", "Lruvec.head0"],
  ["0 mlock 0 1\n0 munlock 0 1\n", "0 mlock 0 1\n0 munlock 0 1\n", undefined],
  ["0 madvise 0 4 mergeable\n0 write 1 5\nksm\n", "0 madvise 0 4 mergeable\n0 write 1 5\n", "Mm.ksmItems"],
  [
    "0 madvise 0 1 pageout\n0 madvise 1 1 pageout\n",
    "0 madvise 1 1 pageout\n0 madvise 0 1 pageout\n",
    "page table entry",
  ],
  // Its frame is another one, and there have been more faults: only the counters tell.
  ["0 write 2 7\n0 munmap 3 1\n", "0 write 3 9\n0 write 2 7\n0 munmap 3 1\n", "Cpu.statOps"],
])("after %j and %j: the %s", (one, other, field) => {
  const [first, second] = machines;
  run(first, one);
  run(second, other);
  const found = stateDifference(first.control, second.control);
  expect(found?.field).toBe(field);
  expect(first.isLike(second)).toBe(field === undefined);
  if (found !== undefined) expect(found.text).toMatch(/^.+ is .+, in the engine as it is .+$/);
});
