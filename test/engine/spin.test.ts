/** Where a CPU would sleep and its thread may not: it spins, and not for ever. */
import { describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { EngineCrashError } from "../../dist/index.js";
import { mayBlock, pause } from "../../dist/platform/pause.js";
import { engineWith, PAGE, spaceWith } from "./handles.js";

/** An engine whose calling thread counts as one that may not block, and the word that says how long it may spin. */
async function spinner() {
  const engine = await engineWith({ cpus: 0, checked: false });
  const { machine, inspector } = coreOf(engine);
  const { control, layout, view } = machine;
  const spins = control.cpuBase(control.cpus) + layout.struct("Cpu").offset("spins");
  const { space, page } = spaceWith(engine, 5n);
  const lock = inspector.mmOf(space.slot) + layout.struct("Mm").offset("mmapLock");
  return { engine, space, page, view, spins, lock };
}

describe("a CPU that may not sleep", () => {
  it("spins for a lock that never comes as long as it may, and then says so", async () => {
    const { space, page, view, spins, lock } = await spinner();
    // A writer holds it, and will never let it go.
    view.store(lock, 0x8000_0000);
    view.store(spins, 500);
    const call = () => space.mprotect(page, PAGE, "r");
    expect(call).toThrow(EngineCrashError);
    expect(call).toThrow(/its thread may not block, and what it waited for at 0x[0-9a-f]+ did not come/);
    // It has used what it had: a nap would have used none.
    expect(view.load(spins)).toBeGreaterThan(0);
    expect(view.load(spins)).toBeLessThan(100);
  });

  it("needs none of that where nobody holds the lock", async () => {
    const { engine, space, page, view, spins } = await spinner();
    view.store(spins, 500);
    space.mprotect(page, PAGE, "r");
    expect(space.read(page)).toBe(5n);
    expect(view.load(spins)).toBe(500);
    expect(engine.check()).toBeGreaterThan(0);
  });
});

describe("pause", () => {
  it("comes back when the word changes, or after its bound, with sleep and without", () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    expect(mayBlock(shared)).toBe(true);
    for (const blocks of [true, false]) {
      // TIME: it must come back at all.
      pause(shared, 1, 0, 5, blocks);
      pause(shared, 1, 7, 3_600_000, blocks);
    }
    expect([...shared]).toEqual([0, 0]);
  });

  it("reads a word that no Atomics.wait could wait on", () => {
    expect(mayBlock(new Int32Array(4))).toBe(false);
  });
});
