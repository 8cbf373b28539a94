/** What mlock has locked must be in memory: the look at it names a page that is not, and no other one. */

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { runProgram, sourceOf } from "../../dist/check/program.js";
import { coreOf } from "../../dist/engine/engine.js";
import { type AddressSpace, Engine } from "../../dist/index.js";
import { lockedAway } from "../../dist/inspect/locked.js";
import { Inspector } from "../../dist/inspect/memory.js";
import { vmasOf } from "../../dist/inspect/vmas.js";
import { parseScript } from "../../dist/ops/script.js";
import { PAGE } from "../support/swap.js";

const AT = 0x40_0000;
const PAGES = 4;

let engine: Engine;
beforeEach(async () => {
  engine = await Engine.create({ memory: 200 * PAGE, swap: 64 * PAGE });
});
afterEach(() => engine.dispose());

/** An address space whose pages were written once. */
function written(shared: boolean): AddressSpace {
  const space = engine.spawn();
  const file = shared ? engine.file(PAGES) : undefined;
  space.mmap(PAGES * PAGE, { at: AT, ...(file && { file, shared }) });
  for (let page = 0; page < PAGES; page++) space.write(AT + page * PAGE, BigInt(page));
  return space;
}

const mlock = ({ slot }: AddressSpace, pages: number): number =>
  engine.execute({ op: engine.layout.constant("OP_MLOCK"), space: slot, a: AT, b: pages * PAGE }).result;
const reclaim = () => engine.execute({ op: engine.layout.constant("OP_RECLAIM"), a: 100 });
const look = () => lockedAway(coreOf(engine).inspector);

/** Marks mappings as locked, as if mlock had not brought in their pages. */
function pretend({ slot }: { readonly slot: number }, inspector = coreOf(engine).inspector): void {
  const { layout } = inspector.control;
  const flags = layout.struct("Vma").offset("flags");
  for (const vma of vmasOf(inspector, slot))
    inspector.view.setU32(vma + flags, inspector.view.u32(vma + flags) | layout.constant("VM_LOCKED"));
}

it.each([
  { shared: false, where: "in swap" },
  { shared: true, where: "not in memory" },
])("a page of a mapping is $where (shared: $shared)", ({ shared, where }) => {
  const space = written(shared);
  expect(mlock(space, 2)).toBe(0);
  for (let turn = 0; turn < 3; turn++) reclaim();
  // The pages that are not locked have gone, and those that are have not.
  expect([...space.pages()].map(({ address }) => address)).toEqual([AT, AT + PAGE]);
  expect(look()).toBeUndefined();
  pretend(space);
  expect(look()).toBe(
    `the page at 0x402000 of address space ${space.slot} is locked (mlock), and it is ${where}`,
  );
  expect(mlock(space, PAGES)).toBe(0);
});

it("anonymous pages that were never there are no fault", () => {
  const space = engine.spawn();
  space.mmap(PAGES * PAGE, { at: AT });
  pretend(space);
  expect(look()).toBeUndefined();
});

it("a program ends with the look, if each of its mlocks has succeeded", () => {
  const file = new URL("../../dist/engine.checked.wasm", import.meta.url);
  const machine = new CheckedMachine(new WebAssembly.Module(new Uint8Array(readFileSync(file))), {
    frames: 64,
    swap: 32,
  });
  const run = (...last: readonly string[]) => {
    const setup = "0 mmap 0 4 rw private anon\n0 write 0 1\n0 write 3 2\n0 madvise 0 4 pageout\n";
    const source = sourceOf(parseScript(setup + last.join("\n")));
    const onMade = () => pretend({ slot: 0 }, new Inspector(machine.control));
    return runProgram(machine, source, undefined, "all", undefined, onMade).symptom;
  };
  expect(run("0 mlock 0 1")).toMatchObject({
    invariant: "LOCKED",
    message: expect.stringContaining("in swap"),
  });
  expect(run()).toBeUndefined();
  // A mapping that moves may stay locked, or be locked, without its pages.
  expect(run("0 mlock 0 1", "0 mremap 0 1 1 16")).toBeUndefined();
  // Where nothing is mapped mlock fails.
  expect(run("0 mlock 0 1", "0 mlock 9 1")).toBeUndefined();
});
