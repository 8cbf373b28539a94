/** Addresses of words in batches: multiples of 8 where pages have all of their bytes, any of the page where they have one word. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../dist/index.js";
import { engineWith, PAGE } from "./handles.js";

describe("addresses of words", () => {
  it("are multiples of 8 where pages have all of their bytes", async () => {
    const engine = await engineWith({ content: "full" });
    const space = engine.spawn();
    const page = space.mmap(2 * PAGE);
    for (let at = page; at < page + PAGE; at += 8) space.write(at, BigInt(at));
    const cpu = engine.batch().on(0);
    for (let offset = 1; offset < PAGE + 8; offset++) {
      if (offset % 8 === 0) continue;
      const at = page + offset;
      for (const call of [() => cpu.write(space, at, 9n), () => cpu.read(space, at)]) {
        expect(call).toThrow(UsageError);
      }
    }
    expect(() => cpu.write(space, page + 4, 9n)).toThrow(
      `must be a multiple of 8, not 0x${(page + 4).toString(16)}`,
    );
    for (let at = page; at < page + PAGE; at += 8) expect(space.read(at)).toBe(BigInt(at));
  });

  it.each(["word", "none"] as const)(
    "are any of the page with content %s: they name its one word",
    async (content) => {
      const engine = await engineWith({ content });
      const space = engine.spawn();
      const page = space.mmap(2 * PAGE);
      space.write(page + 4093, 7n);
      space.write(page + PAGE, 8n);
      const [first, second] = content === "word" ? [7n, 8n] : [0n, 0n];
      for (const offset of [0, 1, 4, 8, 4095]) expect(space.read(page + offset)).toBe(first);
      expect(space.read(page + PAGE + 5)).toBe(second);
      const batch = engine.batch();
      batch
        .on(0)
        .write(space, page + 3, 9n)
        .read(space, page + 4092);
      expect((await batch.run())[1]).toMatchObject({ result: 0, value: content === "word" ? 9n : 0n });
    },
  );
});
