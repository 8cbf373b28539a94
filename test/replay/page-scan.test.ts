/** The scan of mapped pages counts each frame once, wherever in memory it is. */
import { expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine } from "../../dist/index.js";
import { PageScanner } from "../../dist/inspect/page-scan.js";

it("counts frames that two processes share once, also far up in a large memory, and forgets them at the next scan", async () => {
  const engine = await Engine.create({ content: "none", memory: 2 * 2 ** 30 });
  try {
    const pages = 300;
    const parent = engine.spawn();
    const at = parent.mmap(pages * engine.pageSize);
    parent.touch(at, pages);
    const child = parent.fork();
    child.touch(at, 1);
    const scanner = new PageScanner(coreOf(engine).inspector);
    for (const [slots, mapped, frames] of [
      [[parent.slot, child.slot], 2 * pages, pages + 1],
      [[child.slot], pages, pages],
      [[parent.slot, child.slot], 2 * pages, pages + 1],
    ] as const)
      expect(scanner.scan(slots)).toMatchObject({ anonMapped: mapped, anonFrames: frames });
    const { frames } = scanner.take();
    expect(new Set(frames).size).toBe(pages + 1);
    // Beyond those for which there is room at first.
    expect(Math.max(...frames)).toBeGreaterThan(2 ** 17);
  } finally {
    await engine.dispose();
  }
});
