/** Turns page faults into accesses. A fault takes effect at its own thread's next event. */

import { type OpCodes, PAGE, USER_END } from "../record/codes.js";
import { EV_FAULT_USER, FAULT_FETCH, FAULT_WRITE, type TraceEvent } from "../trace/event.js";
import type { OpSink } from "./machine.js";
import { NO_FAULT, type Thread } from "./tasks.js";
import { writeValue } from "./value.js";

/** Keeps each thread's fault until it takes effect. */
export class Faults {
  readonly #codes: OpCodes;
  readonly #sink: OpSink;
  readonly #skip: (name: string) => void;
  /** Faults that became accesses. */
  count = 0;

  constructor(codes: OpCodes, sink: OpSink, skip: (name: string) => void) {
    this.#codes = codes;
    this.#sink = sink;
    this.#skip = skip;
  }

  /** The thread faults. An earlier fault of it has already taken effect. */
  note(thread: Thread, event: TraceEvent): void {
    thread.faultAddress = event.address;
    thread.faultCode = event.errorCode;
    thread.faultCpu = event.cpu;
    thread.lastFault = true;
    if (event.kind === EV_FAULT_USER) thread.inExec = false;
    if ((event.errorCode & FAULT_WRITE) !== 0) {
      thread.lastWrite = true;
      thread.space.writers++;
    }
  }

  /** The thread has another event, or ends: its waiting fault, if any, takes effect on the CPU that recorded it. */
  settle(thread: Thread): void {
    const { space, faultAddress: address, faultCode: code, faultCpu: cpu } = thread;
    if (address === NO_FAULT) return;
    thread.faultAddress = NO_FAULT;
    if (address < 0 || address >= USER_END) {
      this.#skip("unmapped");
      return;
    }
    this.count++;
    if ((code & FAULT_WRITE) !== 0) {
      if (space.unseeded >= 0) space.unseeded++;
      const value = writeValue(space.slot, Math.floor(address / PAGE), this.count);
      this.#sink.push(this.#codes.OP_WRITE, 0, space.slot, 0, address, value, 0, cpu);
    } else {
      const flags = (code & FAULT_FETCH) !== 0 ? this.#codes.OPF_EXEC : 0;
      this.#sink.push(this.#codes.OP_READ, flags, space.slot, 0, address, 0, 0, cpu);
    }
  }
}
