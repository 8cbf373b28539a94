/** Two engines in one page, of which one ends and one breaks: the other goes on as if it were alone. */
import { Engine } from "/dist/index.js";

const PAGE = 4096;

async function fill(engine, space, address, value) {
  if (engine.cpus === 0) {
    for (let i = 0; i < 16; i++) space.write(address + i * PAGE, value + BigInt(i));
    return;
  }
  const batch = engine.batch();
  for (let i = 0; i < 16; i++) batch.on(i % engine.cpus).write(space, address + i * PAGE, value + BigInt(i));
  await batch.run();
}

export default async function run({ cpus }) {
  const hashes = [];
  for (const others of [0, 1]) {
    const engine = await Engine.create({ cpus, memory: 2 ** 20 });
    const other = others > 0 ? await Engine.create({ cpus, memory: 2 ** 20, content: "full" }) : undefined;
    const space = engine.spawn();
    const page = space.mmap(16 * PAGE, { at: 2 ** 30 });
    const theirs = other?.spawn();
    const at = theirs?.mmap(16 * PAGE, { at: 2 ** 30 });
    await Promise.all([fill(engine, space, page, 5n), other && fill(other, theirs, at, 500n)]);
    await other?.dispose();
    await fill(engine, space, page, 7n);
    engine.check();
    hashes.push(String(space.contentHash()));
    await engine.dispose();
  }
  return hashes;
}
