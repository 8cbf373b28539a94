/**
 * A million accesses under two policies of which page to swap out: Linux's second chance, and the overlay in fifo/. Most
 * accesses go to few pages, as in real programs. Run: node examples/swap-policy/simulate.mjs
 */
import { fileURLToPath } from "node:url";
import { Engine } from "rmap-engine";
import { cacheFolder, compileInThread } from "rmap-engine/build";

const ACCESSES = 1_000_000;
const PAGES = 4096;
/** A third of the pages fits. */
const FRAMES = Math.floor(PAGES / 3);

/** Numbers from 0 up to 1: the same ones in each run. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs the accesses, and counts how often a page had to come back from swap. */
async function simulate(name, options) {
  const engine = await Engine.create({ ...options, memory: FRAMES * 4096, swap: 2 * PAGES * 4096 });
  const space = engine.spawn();
  const start = space.mmap(PAGES * engine.pageSize);
  const random = randomFrom(1);
  for (let i = 0; i < ACCESSES; i++) {
    // The cube makes small numbers frequent: half of the accesses go to an eighth of the pages.
    const page = Math.floor(random() ** 3 * PAGES);
    const address = start + page * engine.pageSize;
    if (i % 4 === 0) space.write(address, i);
    else space.read(address);
  }
  const { swapIn, swapOut } = engine.stats();
  console.log(`${name}: ${swapIn} pages came back from swap, ${swapOut} went out`);
  engine.check();
  await engine.dispose();
  return swapIn;
}

const folder = fileURLToPath(new URL("fifo", import.meta.url));
const { wasm } = await compileInThread({ overlays: [folder] }, { cache: cacheFolder() });
const linux = await simulate("second chance", {});
const fifo = await simulate("first in, first out", { wasmBytes: wasm });
console.log(`first in, first out brings back ${(fifo / linux).toFixed(2)} times as many`);
