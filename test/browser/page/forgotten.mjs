/** Engines that this page makes and forgets; `uses` runs a batch on each first. */
import { Engine } from "/dist/index.js";

export default async function run({ engines, options }) {
  for (let left = engines; left > 0; left--) {
    const engine = await Engine.create({ memory: 2 ** 20, ...options });
    const space = engine.spawn();
    const page = space.mmap(4096);
    space.write(page, 1n);
    if (engine.cpus === 0) continue;
    const batch = engine.batch();
    batch.on(0).write(space, page, 2n);
    await batch.run();
  }
  return engines;
}
