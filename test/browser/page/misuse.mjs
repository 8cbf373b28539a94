/** Calls that make no sense, in this page: what each throws. */
import { Engine } from "/dist/index.js";

const PAGE = 4096;

async function thrown(call) {
  try {
    await call();
    return "nothing";
  } catch (error) {
    return `${error?.name} ${error?.code}${error?.hint ? "" : " without a hint"}`;
  }
}

/** A batch of one record. */
function batchOf(engine, record) {
  const batch = engine.batch();
  batch.on(0).operation(record);
  return batch.run();
}

export default async function run({ cpus }) {
  const results = {};
  const [a, b] = [await Engine.create({ cpus, content: "full" }), await Engine.create({ cpus })];
  const [space, other] = [a.spawn(), b.spawn()];
  const page = space.mmap(2 * PAGE);
  const plain = other.mmap(PAGE);
  const file = b.file(1);
  const proxy = new Proxy(other, {});
  const small = await Engine.create({ cpus, memory: 2 ** 16, metadata: 2 ** 16 });
  const full = small.spawn();
  const calls = {
    "a file of another engine": () => space.mmap(PAGE, { file }),
    "another engine's space to release": () => b.release(space),
    "an address within a word": () => space.write(page + 4, 1n),
    "the last bytes of a page": () => space.write(page + PAGE - 4, 1n),
    "an option that is none": () => Engine.create({ cpu: 2 }),
    "an option of mmap that is none": () => space.mmap(PAGE, { sharde: true }),
    "a content that is none": () => Engine.create({ content: "bytes" }),
    "a word that is too large": () => other.write(plain, 1n << 70n),
    "a text for a word": () => other.write(plain, "42"),
    "null for options": () => Engine.create(null),
    "a text for a size": () => Engine.create({ memory: "8M" }),
    "a size of a terabyte": () => Engine.create({ memory: 2 ** 40 }),
    "an advice that is none": () => space.madvise(page, PAGE, 1),
    "half a page of a file": () => other.mmap(PAGE, { file, filePage: 1.5 }),
    "mprotect over a hole": () => space.mprotect(page, 4 * PAGE, "rw"),
    "an engine to clone": () => structuredClone(a),
    "a read of nothing": () => space.read(2 ** 40),
    "madvise without room": () => {
      const at = full.mmap(1024 * PAGE);
      // Each splits a mapping, until there is no room for another one.
      for (let i = 1; i < 1024; i += 2) full.madvise(at + i * PAGE, PAGE, "mergeable");
    },
    "a word for a signal": () => Engine.create({ signal: "soon" }),
    "a handle behind a proxy": () => proxy.read(plain),
  };
  if (cpus > 0) {
    Object.assign(calls, {
      "another engine's space in a batch": () => a.batch().on(0).write(other, plain, 1n),
      "a batch within exclusive": () => a.exclusive(() => a.batch().run()),
      "a wait for what never comes": () => batchOf(a, { op: a.layout.constant("OP_WAIT"), aux: 0, a: 1000 }),
      "threads that are none": () => Engine.create({ cpus: 1, threads: () => ({}) }),
      "threads that never start": () =>
        Engine.create({
          cpus: 1,
          readyTimeout: 300,
          threads: () => ({ post: () => {}, terminate: async () => {} }),
        }),
    });
  } else calls["worker CPUs without isolation"] = () => Engine.create({ cpus: 1 });
  for (const [name, call] of Object.entries(calls)) results[name] = await thrown(call);
  results["a number for a word"] = await thrown(() => other.write(plain, 42));
  const { objects, faults } = b.stats();
  if (objects.spaces !== 1 || faults !== 1) throw new Error("stats() has other names or figures");
  const pin = space.pin(page);
  await Promise.all([a.dispose(), b.dispose(), small.dispose()]);
  for (const [name, call] of Object.entries({
    "mappings after the end": () => space.mappings(),
    "stats after the end": () => a.stats(),
    "a pin after the end": () => pin.write(1n),
  }))
    results[name] = await thrown(call);
  return results;
}
