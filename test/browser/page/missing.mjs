/** Missing pages in a page: for calls of its own thread, and for worker CPUs, which wait for a fetch of it. */
import { Engine } from "../../../dist/index.js";

const PAGE = 4096;

export default async function missing({ cpus }) {
  const engine = await Engine.create({ cpus, content: "full" });
  const space = engine.spawn();
  const at = space.mmap(16 * PAGE);
  const seen = {};
  const range = space.onMissing(at, 8 * PAGE, (address) =>
    new Uint8Array(PAGE).fill((address - at) / PAGE + 1),
  );
  seen.bytes = [...space.readBytes(at + PAGE - 2, 4)];
  seen.ahead = [range.supply(at + 2 * PAGE), range.supply(at), space.read8(at + 2 * PAGE)];
  const fetched = space.onMissing(at + 8 * PAGE, 8 * PAGE, async (address) => {
    const text = await (await fetch(`data:text/plain,page ${(address - at) / PAGE}`)).text();
    return new TextEncoder().encode(text);
  });
  try {
    space.read8(at + 8 * PAGE);
  } catch (error) {
    seen.promise = error.name;
  }
  if (cpus > 0) {
    const batch = engine.batch();
    for (let page = 0; page < 8; page++) {
      batch.on(0).read(space, at + (8 + page) * PAGE);
      batch.on(1).read(space, at + (15 - page) * PAGE);
    }
    seen.batch = (await batch.run()).every(({ result }) => result === 0);
    seen.text = new TextDecoder().decode(space.readBytes(at + 15 * PAGE, 7));
  }
  fetched.dispose();
  engine.check();
  await engine.dispose();
  return seen;
}
