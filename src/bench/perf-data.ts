/** The speed of the reader of perf.data. The row reads the bundled recording, its records repeated until they are many. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { readTrace, traceBytes } from "../trace/index.js";
import { rateOf } from "./result.js";
import type { Subject } from "./subject.js";

const NAME = "calls.perf.data.gz";
/** So often that the layouts before the records do not count. */
const TIMES = 64;
/** Places in the header of the file form: where the records are and how many bytes, and where the table behind them begins. */
const DATA_AT = 40;
const DATA_SIZE = 48;
const FEATURES = 72;
const FEATURE_BITS = 256;

/** The row `perf-data`. One operation is one event; the time is the processor's. */
export async function perfDataSubject(): Promise<Subject> {
  const packed = await readFile(new URL(`../../traces/${NAME}`, import.meta.url));
  const bytes = repeated(gunzipSync(packed), TIMES);
  return {
    engine: "wasm",
    cpus: 1,
    async measure(seconds) {
      let events = 0;
      const start = process.cpuUsage();
      let spent = 0;
      do {
        events += (await readTrace(traceBytes(bytes, NAME), { event: () => false })).events;
        const { user, system } = process.cpuUsage(start);
        spent = (user + system) / 1e6;
      } while (spent < seconds);
      return rateOf(events, spent);
    },
    dispose: async () => {},
  };
}

/** A recording in the file form with its records `times` times. What stands behind them moves. */
function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = Number(view.getBigUint64(DATA_AT, true));
  const size = Number(view.getBigUint64(DATA_SIZE, true));
  const by = size * (times - 1);
  const all = new Uint8Array(bytes.length + by);
  all.set(bytes.subarray(0, at));
  for (let i = 0; i < times; i++) all.set(bytes.subarray(at, at + size), at + i * size);
  all.set(bytes.subarray(at + size), at + size * times);
  const moved = new DataView(all.buffer);
  moved.setBigUint64(DATA_SIZE, BigInt(size * times), true);
  let entry = at + size * times;
  for (let bit = 0; bit < FEATURE_BITS; bit++) {
    if (((view.getUint8(FEATURES + (bit >>> 3)) >>> (bit & 7)) & 1) === 0) continue;
    moved.setBigUint64(entry, moved.getBigUint64(entry, true) + BigInt(by), true);
    entry += 16;
  }
  return all;
}
