/** Panics in words: the record that an engine leaves, read back. */

import { describe, expect, it } from "vitest";
import type { Control } from "../../dist/cpu/control.js";
import { panicSentence } from "../../dist/cpu/panic.js";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine } from "../../dist/index.js";

describe("a panic", () => {
  it("has a sentence for every code of the engine", async () => {
    const engine = await Engine.create({ memory: 65536 });
    const { layout } = engine;
    for (const [name, code] of layout.constantsWith("PANIC_")) {
      const control = record(engine, { panicCode: code, panicArg0: 0x1234 });
      expect(panicSentence(control), name).not.toMatch(/^panic /);
      if (/^I\d/.test(name)) expect(panicSentence(control)).toMatch(new RegExp(`^${name}: .*\\(0x1234\\)$`));
    }
    await engine.dispose();
  });

  it("names both locks that were taken in the wrong order", async () => {
    const engine = await Engine.create({ memory: 65536 });
    const { layout } = engine;
    const control = record(engine, {
      panicCode: layout.constant("PANIC_LOCK_ORDER"),
      panicArg0: 0x100,
      panicArg1: layout.constant("LOCK_MMAP"),
      panicArg2: 0x200,
      panicArg3: layout.constant("LOCK_PTE"),
    });
    expect(panicSentence(control)).toBe(
      "the mmap lock at 0x100 was taken while the pte lock at 0x200 was held, against the lock order",
    );
    await engine.dispose();
  });

  it("of an unknown code still gives everything that the record holds", async () => {
    const engine = await Engine.create({ memory: 65536 });
    expect(panicSentence(record(engine, { panicCode: 9999, panicArg1: 7 }))).toBe("panic 9999 (0x0, 0x7)");
    await engine.dispose();
  });
});

/** Writes a panic record as the engine would. */
function record(engine: Engine, fields: Record<string, number>): Control {
  const struct = engine.layout.struct("Ctl");
  for (const [field, value] of Object.entries(fields)) {
    coreOf(engine).machine.control.view.setU32(engine.layout.constant("CTL") + struct.offset(field), value);
  }
  return coreOf(engine).machine.control;
}
