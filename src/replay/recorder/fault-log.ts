/** The page faults of a recording one by one, for a trace of them. */

import { grown } from "../growth.js";
import type { FaultEvents } from "./figures.js";

/** The most faults to keep: 40 MB of them. Their number is counted on. */
const MOST = 1_000_000;
/** A fault's length, in nanoseconds, is the time to its thread's next event; longer than this, it is not the fault's. */
const LONGEST = 5000;

/** A thread's fault that has not taken effect yet, and the place of the thread's process. */
export interface WaitingFault {
  readonly process: number;
  readonly tid: number;
  readonly faultTime: number;
  readonly lastAddress: number;
  readonly faultCode: number;
  readonly faultCpu: number;
}

/** Keeps faults in growing arrays. */
export class FaultLog {
  #length = 0;
  #total = 0;
  #times = new Float64Array(1024);
  #lengths = new Float64Array(1024);
  #addresses = new Float64Array(1024);
  #cpus = new Uint16Array(1024);
  #places = new Int32Array(1024);
  #threads = new Int32Array(1024);
  #codes = new Uint8Array(1024);

  /** One more fault, which lasts until `end` at most. */
  add(fault: WaitingFault, end: number): void {
    this.#total++;
    if (this.#length === MOST) return;
    const at = this.#length++;
    if (at === this.#times.length) this.#grow();
    this.#times[at] = fault.faultTime;
    this.#lengths[at] = Math.min(LONGEST, Math.max(0, end - fault.faultTime));
    this.#addresses[at] = fault.lastAddress;
    this.#cpus[at] = fault.faultCpu;
    this.#places[at] = fault.process;
    this.#threads[at] = fault.tid;
    this.#codes[at] = fault.faultCode;
  }

  /** The faults. `start`: the time that counts as 0. */
  figures(start: number): FaultEvents {
    const length = this.#length;
    return {
      total: this.#total,
      times: this.#times.subarray(0, length).map((time) => Math.max(0, time - start)),
      lengths: this.#lengths.slice(0, length),
      addresses: this.#addresses.slice(0, length),
      cpus: this.#cpus.slice(0, length),
      places: this.#places.slice(0, length),
      threads: this.#threads.slice(0, length),
      codes: this.#codes.slice(0, length),
    };
  }

  #grow(): void {
    const size = Math.min(MOST, this.#times.length * 2);
    this.#times = grown(this.#times, new Float64Array(size));
    this.#lengths = grown(this.#lengths, new Float64Array(size));
    this.#addresses = grown(this.#addresses, new Float64Array(size));
    this.#cpus = grown(this.#cpus, new Uint16Array(size));
    this.#places = grown(this.#places, new Int32Array(size));
    this.#threads = grown(this.#threads, new Int32Array(size));
    this.#codes = grown(this.#codes, new Uint8Array(size));
  }
}
