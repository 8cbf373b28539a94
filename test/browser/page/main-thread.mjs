/** Calls of the page's own thread, which may not block, while two workers and kswapd use the same locks. */
import { Engine } from "/dist/index.js";

const PAGE = 4096;

export default async function run({ pages, rounds }) {
  const engine = await Engine.create({ cpus: 2, kswapd: true, memory: 64 * PAGE * 4, swap: 2 ** 24 });
  let blocks = true;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
  } catch {
    blocks = false;
  }
  const space = engine.spawn();
  const page = space.mmap(pages * PAGE);
  let calls = 0;
  for (let round = 0; round < rounds; round++) {
    const batch = engine.batch();
    for (let i = 0; i < pages; i++) {
      const cpu = batch.on(i % 2);
      cpu.write(space, page + i * PAGE, BigInt(i));
      if (i % 16 === 0) cpu.mprotect(space, page, pages * PAGE, i % 32 === 0 ? "rw" : "rwx");
      if (i % 16 === 8) cpu.madvise(space, page + i * PAGE, PAGE, "dontneed");
    }
    let running = true;
    const run = batch.run().finally(() => {
      running = false;
    });
    while (running) {
      for (let i = 0; i < 200; i++, calls++) {
        const at = page + ((calls * 7) % pages) * PAGE;
        if (i % 8 === 0) space.mprotect(page, pages * PAGE, i % 16 === 0 ? "rw" : "rwx");
        else space.write(at, 1n);
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
    const results = await run;
    const wrong = results.filter(({ result }) => result !== 0);
    if (wrong.length > 0) throw new Error(`wrong: ${JSON.stringify(wrong[0].result)}`);
    engine.check();
    // Each of these pauses kswapd, and so waits for it.
    for (let i = 0; i < 100; i++) space.mappings();
  }
  const { contended, swapOut, walks } = engine.stats();
  const reclaimed = engine.kswapdReclaimed;
  await engine.dispose();
  return { blocks, calls, reclaimed, swapOut, walks, contended };
}
