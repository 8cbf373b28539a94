/** Compiles in a worker of this page, and boots what came out when `boots` says so. */
import { Engine } from "/dist/index.js";

export default async function run({ script, source, boots }) {
  const worker = new Worker(script, { type: "module" });
  const { wasm, info, error } = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.ready ? worker.postMessage(source) : resolve(data));
    worker.onerror = (event) => reject(new Error(event.message || "the worker does not load"));
  });
  worker.terminate();
  if (error) return { error };
  const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", wasm))];
  if (!boots) return { digest, info };
  const engine = await Engine.create({ wasmBytes: wasm });
  const space = engine.spawn();
  const first = space.mmap(8192);
  space.mprotect(first + 4096, 4096, "rwx");
  space.touch(first, 2);
  space.mprotect(first + 4096, 4096, "rw");
  engine.check();
  const mappings = space.mappings().length;
  await engine.dispose();
  return { digest, info, mappings };
}
