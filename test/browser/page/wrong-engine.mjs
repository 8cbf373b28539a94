/** Engines that are none, in this page: what each attempt throws, and whether it had to give up after seconds. */
import { Engine } from "/dist/index.js";

const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

async function thrown(call) {
  try {
    await call();
    return "nothing";
  } catch (error) {
    return `${error?.name} ${error?.code}: ${error?.message}`;
  }
}

export default async function run() {
  const own = new Uint8Array(await (await fetch("/dist/engine.wasm")).arrayBuffer());
  const calls = {
    "an empty module": () => Engine.create({ wasmBytes: EMPTY }),
    "no module": () => Engine.create({ wasmBytes: Uint8Array.of(1, 2, 3) }),
    "half an engine": () => Engine.create({ wasmBytes: own.slice(0, 1000) }),
    "another module": () => Engine.create({ wasmUrl: "/dist/monitor.wasm" }),
    "a page": () => Engine.create({ wasmUrl: "/empty.html" }),
    "an unknown scheme": () => Engine.create({ wasmUrl: "nothing:at-all" }),
    "its own bytes, too large": () => Engine.create({ wasmBytes: own, memory: 2 ** 33 }),
    "its own bytes, and no size": () => Engine.create({ wasmBytes: own, memory: () => 1 }),
    "its own bytes": async () => (await Engine.create({ wasmBytes: own })).dispose(),
    "a response": async () => (await Engine.create({ wasmResponse: fetch("/dist/engine.wasm") })).dispose(),
  };
  const results = {};
  for (const [name, call] of Object.entries(calls)) results[name] = await thrown(call);
  return results;
}
