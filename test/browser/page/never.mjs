/** A lock that nobody will ever release, and a call of this page's thread that needs it. */
import { coreOf } from "/dist/engine/engine.js";
import { Engine } from "/dist/index.js";

const thrown = (call) => {
  try {
    return String(call());
  } catch ({ name, code, message }) {
    return `${name} ${code}: ${message}`;
  }
};

export default async function run({ cpus }) {
  const engine = await Engine.create({ cpus, memory: 2 ** 20 });
  const space = engine.spawn();
  const page = space.mmap(4096);
  space.write(page, 1n);
  const { machine, inspector } = coreOf(engine);
  const lock = inspector.mmOf(space.slot) + machine.layout.struct("Mm").offset("mmapLock");
  machine.view.store(lock, 0x8000_0000);
  const calls = [() => space.mprotect(page, 4096, "r"), () => space.read(page), () => engine.check()].map(
    thrown,
  );
  await engine.dispose();
  return calls;
}
