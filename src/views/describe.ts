/** A state of the view machine as a text. */
import type { Bound } from "./bound.js";
import type { Cpus } from "./cpus.js";
import type { Fences } from "./fences.js";
import type { Knowledge } from "./knowledge.js";
import { type Messages, NONE } from "./messages.js";
import { FLAG_REGISTERS, KNOWLEDGE_REGISTERS, REGISTER, VIEW_REGISTERS } from "./registers.js";
import type { Views } from "./views.js";

/** What a machine consists of. */
interface Parts {
  readonly views: Views;
  readonly fences: Fences;
  readonly knowledge: Knowledge;
  readonly messages: Messages;
  readonly cpus: Cpus;
  readonly bound: Bound;
}

/**
 * A text that is the same for two states from which the same can happen. `name` names a message; `live` are the CPUs
 * that have something left to do, each with its reads so far.
 */
export function describe(
  { messages, views, knowledge, fences, cpus, bound }: Parts,
  name: (message: number) => string,
  live: ReadonlyMap<number, readonly number[]>,
): string {
  const { accesses } = cpus;
  const ranks: Map<number, number>[] = [];
  const parts: (string | number)[] = [];
  const orders: number[][] = [];
  for (let location = 0; location < views.locations; location++) {
    const order: number[] = [];
    for (let m = messages.last.get(location); m !== NONE; m = messages.before.get(m)) order.unshift(m);
    orders.push(order);
    ranks.push(new Map(order.map((message, rank) => [messages.place.get(message), rank])));
  }
  const rank = (location: number, place: number) => ranks[location]?.get(place) ?? -1;
  const viewTexts = new Map<number, string>();
  const view = (item: number): string => {
    let text = viewTexts.get(item);
    if (text === undefined) {
      text = ranks.map((_, location) => rank(location, views.at(item, location))).join(",");
      viewTexts.set(item, text);
    }
    return text;
  };
  const fenceOrder: number[] = [];
  for (let fence = fences.last; fence >= 0; fence = fences.before.get(fence)) fenceOrder.unshift(fence);
  const known = (item: number): string => {
    const all = [fenceOrder.indexOf(knowledge.fence(item))];
    return `${all}:${[...live.keys()].map((cpu) => view(knowledge.view(item, cpu))).join("/")}`;
  };
  for (const order of orders)
    for (const message of order) {
      const { sealed, unlocks, carries, knows, forwards, handsOver, handsFence } = messages;
      parts.push(name(message), sealed.get(message), view(carries.get(message)), known(knows.get(message)));
      parts.push(known(forwards.get(message)));
      if (unlocks.get(message) === 1)
        parts.push("U", view(handsOver.get(message)), view(handsFence.get(message)));
    }
  parts.push("F", ...fenceOrder.map((fence) => view(fences.seen.get(fence))));
  for (const [cpu, reads] of live) {
    parts.push("C", cpu);
    for (const register of KNOWLEDGE_REGISTERS) parts.push(known(cpus.now(cpu, register)));
    for (const register of VIEW_REGISTERS) parts.push(view(cpus.now(cpu, register)));
    for (const register of FLAG_REGISTERS) parts.push(cpus.get(cpu, register));
    const barrier = cpus.get(cpu, REGISTER.readDepends);
    for (const read of reads) parts.push(known(accesses.known.get(read)), read < barrier ? 1 : 0);
    for (let location = 0; location < views.locations; location++) {
      let access = accesses.top(cpu, location);
      for (; access !== 0; access = accesses.before.get(access))
        parts.push(rank(location, accesses.place.get(access)), known(accesses.knows.get(access)));
      parts.push(";");
    }
  }
  // Of those, too, that have nothing left to do.
  for (let cpu = 0; cpu < cpus.count; cpu++) {
    parts.push("G", view(cpus.get(cpu, REGISTER.overSeen)), known(cpus.get(cpu, REGISTER.overKnown)));
    parts.push(view(cpus.get(cpu, REGISTER.doneSeen)), known(cpus.get(cpu, REGISTER.doneKnown)));
  }
  const waits = new Set<string>();
  for (let i = 0; i < bound.fence.size; i++) {
    const location = bound.location.get(i);
    const fence = fenceOrder.indexOf(bound.fence.get(i));
    waits.add(`${location}.${rank(location, bound.place.get(i))}.${fence}`);
  }
  parts.push("B", ...[...waits].sort());
  return parts.join(" ");
}
