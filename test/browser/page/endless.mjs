/** An engine that runs batches for as long as it lives, in this page or in a worker of it. Returns when it runs. */
import { Engine } from "/dist/index.js";

const PAGE = 4096;

export default async function run({ inWorker }) {
  if (!inWorker) return void (await start());
  const code = `import run from "${location.origin}/test/browser/page/endless.mjs"; run({}).then(() => postMessage("runs"));`;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  globalThis.outer = new Worker(url, { type: "module" });
  await new Promise((resolve, reject) => {
    globalThis.outer.onmessage = resolve;
    globalThis.outer.onerror = (event) => reject(new Error(event.message));
  });
}

async function start() {
  const engine = await Engine.create({ cpus: 2, kswapd: true, memory: 2 ** 20, swap: 2 ** 22 });
  const space = engine.spawn();
  const page = space.mmap(512 * PAGE);
  const round = async () => {
    const batch = engine.batch();
    for (let i = 0; i < 512; i++) batch.on(i % 2).write(space, page + i * PAGE, BigInt(i));
    await batch.run();
  };
  await round();
  void (async () => {
    for (;;) await round();
  })();
}
