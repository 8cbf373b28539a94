/** What a folder answers otherwise than the engine as it is. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { differenceIn, partedFrom } from "../../dist/check/beside.js";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { parseScript } from "../../dist/ops/script.js";
import { loadModule } from "../../dist/wasm/module.js";
import { checkedModule } from "./plain.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-beside-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "mm"));
/** Every mprotect is refused, and nothing breaks. */
writeFileSync(
  join(folder, "mm/mprotect.ts"),
  "export function mprotect(mm: Mm, start: u64, length: u64, prot: u32): i32 {\n  return -EINVAL;\n}\n",
);

it("knows how many pages an operation has moved", async () => {
  const shape = { frames: 64, swap: 32 };
  const modules = [await loadModule({ checked: true }), await loadModule({ checked: true })] as const;
  const [one, other] = modules.map((module) => new CheckedMachine(module, shape)) as [
    CheckedMachine,
    CheckedMachine,
  ];
  const script = (text: string) => parseScript(`0 mmap 0 4 rw private anon\n${text}`, "made-up.ops");
  const operations = script("0 write 0 5\n0 migrate 0 2\n");
  one.restore();
  const answers = operations.map((operation) => one.run(operation));
  expect(partedFrom(one, other, operations, answers)).toBeUndefined();
  const moved = answers.map((answer, at) => (at === 2 ? { ...answer, value: 2n } : answer));
  expect(partedFrom(one, other, operations, moved)?.text).toBe(
    "`0 migrate 0 2` gives 2, the engine as it is 1",
  );
});

it("comes with the smallest program that shows it", async () => {
  const shape = { frames: 64, swap: 32 };
  const machine = new CheckedMachine(await checkedModule(folder), shape);
  const own = new CheckedMachine(await loadModule({ checked: true }), shape);
  const script = (text: string) => parseScript(text, "made-up.ops");
  const same = script("0 mmap 0 4 rw private anon\n0 write 1 5\n0 fork 1\n1 read 1\n1 exit\n");
  expect(differenceIn(machine, own, same)).toBeUndefined();
  const other = script("0 mmap 0 4 rw private anon\n0 write 1 5\n0 fork 1\n0 mprotect 1 1 r\n1 read 1\n");
  const found = differenceIn(machine, own, other);
  expect(found?.kind).toBe("mprotect");
  expect(found?.program).toBe("0 mmap 0 4 rw private anon\n0 mprotect 1 1 r\n");
  expect(found?.text).toMatch(/^`0 mprotect 1 1 r` gives .*, the engine as it is 0$/);
});
