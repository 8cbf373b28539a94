/** What changed and what happened, in a page, with worker CPUs if there are any. */
import { Engine } from "/dist/index.js";

const PAGE = 4096;

export default async function run({ cpus }) {
  const engine = await Engine.create({ cpus, memory: 2 ** 20, events: 256 });
  const space = engine.spawn();
  const at = space.mmap(16 * PAGE);
  space.touch(at, 16);
  const changes = space.trackDirty();
  if (cpus === 0) for (let i = 0; i < 16; i += 3) space.write(at + i * PAGE, 5n);
  else {
    const batch = engine.batch();
    for (let i = 0; i < 16; i += 3) batch.on(i % cpus).write(space, at + i * PAGE, 5n);
    await batch.run();
  }
  const pages = Array.from(changes.collect().addresses(), (address) => (address - at) / PAGE);
  const kinds = Array.from(engine.events(), ({ kind }) => kind);
  const { faultAnon } = engine.stats();
  const lost = engine.lostEvents;
  await engine.dispose();
  return { pages, kinds, faultAnon, lost };
}
