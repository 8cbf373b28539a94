/** What of the speed budget is no time: sizes, and what is left over. */
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";

const MIB = 2 ** 20;

it("engine.wasm is smaller than 100 KB", async () => {
  const { size } = await stat(fileURLToPath(new URL("../../dist/engine.wasm", import.meta.url)));
  expect(size).toBeLessThan(100_000);
});

describe.each([false, true])("checked: %s", (checked) => {
  it("a page frame has at most 48 bytes of metadata", async () => {
    const engine = await Engine.create({ checked, memory: MIB });
    try {
      expect(engine.layout.struct("Page").size).toBeLessThanOrEqual(48);
    } finally {
      await engine.dispose();
    }
  });

  it("100 rounds of fork and exit of 10 MiB leave nothing behind", async () => {
    const engine = await Engine.create({ checked, memory: 32 * MIB });
    try {
      const parent = engine.spawn();
      const at = parent.mmap(10 * MIB);
      const used = () => {
        engine.settle();
        return engine.usage();
      };
      const round = () => {
        parent.touch(at, 2560);
        const child = parent.fork();
        child.touch(at, 64);
        child.exit();
      };
      round();
      const { frames, tables } = used();
      expect(frames).toBe(2560);
      const { objects } = engine.stats();
      for (let turn = 0; turn < 100; turn++) round();
      expect(used()).toEqual({ frames, tables });
      expect(engine.stats().objects).toEqual(objects);
    } finally {
      await engine.dispose();
    }
  });
});
