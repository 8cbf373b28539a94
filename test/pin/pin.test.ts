/** A pinned page stays the one that its process sees: through fork, reclaim, migration and merging. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { type AddressSpace, Engine } from "../../dist/index.js";

const PAGE = 4096;
const AT = 0x10000;

describe.each([false, true])("checked %s", (checked) => {
  let engine: Engine;
  let space: AddressSpace;
  beforeEach(async () => {
    engine = await Engine.create({ checked, memory: 2 ** 20, swap: 2 ** 20 });
    space = engine.spawn();
    space.mmap(8 * PAGE, { at: AT });
  });
  afterEach(async () => {
    engine.settle();
    expect(engine.stats().frames).toBe(0);
    await engine.dispose();
  });

  const op = (name: string) => engine.layout.constant(`OP_${name}`);
  const pin = (of: AddressSpace, address: number, write: boolean): number => {
    const { result, value } = engine.execute({
      op: op("PIN"),
      space: of.slot,
      a: address,
      aux: write ? 1 : 0,
    });
    expect(result).toBe(0);
    return Number(value);
  };
  const unpin = (page: number) => engine.execute({ op: op("UNPIN"), a: page });
  /** What a device sees that has the page pinned. */
  const seen = (page: number): bigint => {
    const { control, layout } = coreOf(engine).machine;
    const frame = (page - control.get("pageBase")) / layout.struct("Page").size;
    return control.view.u64(control.get("contentBase") + frame * 8);
  };

  it("sees what the process writes, and the other way round", () => {
    space.write(AT, 1n);
    const page = pin(space, AT, true);
    space.write(AT, 2n);
    expect(seen(page)).toBe(2n);
    unpin(page);
    space.exit();
  });

  it("faults in what it pins", () => {
    const page = pin(space, AT + PAGE, true);
    space.write(AT + PAGE, 7n);
    expect(seen(page)).toBe(7n);
    unpin(page);
    space.exit();
  });

  it("refuses what the process itself could not access, and the shared zero page", () => {
    const refused = (address: number, write: boolean) =>
      engine.execute({ op: op("PIN"), space: space.slot, a: address, aux: write ? 1 : 0 }).result;
    expect(refused(0x9000_0000, false)).toBe(-engine.layout.constant("EFAULT"));
    space.mprotect(AT, PAGE, "r");
    expect(refused(AT, true)).toBe(-engine.layout.constant("EFAULT"));
    expect(refused(AT, false)).toBe(-engine.layout.constant("EFAULT"));
    space.mprotect(AT, PAGE, "rw");
    space.write(AT, 1n);
    space.mprotect(AT, PAGE, "none");
    expect(refused(AT, false)).toBe(-engine.layout.constant("EFAULT"));
    space.exit();
  });

  it("is copied at fork, so that the parent keeps the pinned page", () => {
    space.write(AT, 1n);
    const page = pin(space, AT, true);
    const child = space.fork();
    space.write(AT, 2n);
    expect(seen(page)).toBe(2n);
    expect(child.read(AT)).toBe(1n);
    child.write(AT, 3n);
    expect(seen(page)).toBe(2n);
    unpin(page);
    child.exit();
    space.exit();
  });

  it("shows a child that pins and unmaps nothing of what its parent writes later (CVE-2020-29374)", () => {
    space.write(AT, 1n);
    const child = space.fork();
    const page = pin(child, AT, false);
    child.munmap(AT, 8 * PAGE);
    space.write(AT, 0x5ec4e7n);
    expect(seen(page)).toBe(1n);
    unpin(page);
    child.exit();
    space.exit();
  });

  it("is neither reclaimed nor moved", () => {
    space.write(AT, 1n);
    const page = pin(space, AT, true);
    for (let i = 0; i < 8; i++) engine.execute({ op: op("RECLAIM"), a: 100 });
    expect(engine.execute({ op: op("MIGRATE"), space: space.slot, a: AT, b: PAGE }).value).toBe(0n);
    space.write(AT, 2n);
    expect(seen(page)).toBe(2n);
    unpin(page);
    expect(engine.execute({ op: op("MIGRATE"), space: space.slot, a: AT, b: PAGE }).value).toBe(1n);
    expect(space.read(AT)).toBe(2n);
    space.exit();
  });

  it("is not merged", () => {
    for (let i = 0; i < 3; i++) space.write(AT + i * PAGE, 9n);
    const page = pin(space, AT, true);
    space.madvise(AT, 8 * PAGE, "mergeable");
    engine.execute({ op: op("KSM"), aux: 5 });
    space.write(AT, 10n);
    expect(seen(page)).toBe(10n);
    expect(space.read(AT + PAGE)).toBe(9n);
    unpin(page);
    space.exit();
  });

  it("outlives its mapping", () => {
    space.write(AT, 4n);
    const page = pin(space, AT, false);
    space.exit();
    expect(seen(page)).toBe(4n);
    if (checked) engine.check();
    unpin(page);
  });
});
