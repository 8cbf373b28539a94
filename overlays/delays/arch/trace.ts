/**
 * Each CPU's last EVENTS events, at CPU_EVENTS in its block, for the story of a finding. A number that all CPUs count
 * up together gives their order. Noted only while Cpu.delaySeed is set: a run that nobody stresses is not slowed down.
 */

import { ctl, thisCpu } from "./cpu";
import { CPU_EVENTS, EVENTS } from "../layout";
import { Event } from "../obj/event";

/** Notes an event of kind EVENT_*; what `a` and `b` are depends on the kind. */
export function trace(kind: u32, a: u32 = 0, b: u32 = 0): void {
  const cpu = thisCpu();
  if (cpu.delaySeed == 0) return;
  const event = changetype<Event>(
    changetype<usize>(cpu) + CPU_EVENTS + (cpu.events & (EVENTS - 1)) * offsetof<Event>(),
  );
  event.order = atomic.add<u32>(ctl().eventsAt, 1);
  event.kind = kind;
  event.a = a;
  event.b = b;
  // Others wait for this count to move on: see delay.ts.
  atomic.store<u32>(cpu.eventsAt, cpu.events + 1);
}
