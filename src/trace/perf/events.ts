/** The events that a recording was made of: their attributes, ids, layouts and names, and whether they are enough. */

import { type Attr, NOWHERE, parseAttr } from "./attr.js";
import type { Problems } from "./problem.js";
import { type Decode, decoderOf, FieldError, NEEDED, other, reach } from "./samples.js";
import type { Format } from "./tracing.js";

/** One event of the recording. */
export interface EventSource {
  readonly attr: Attr;
  readonly name: string;
  readonly decode: Decode;
  /** The fewest bytes of raw data; 0 when raw data do not matter. */
  readonly rawBytes: number;
  /** Its number among the events. */
  readonly number: number;
}

/** Collects the events, and finds them by id. */
export class Events {
  readonly #problems: Problems;
  readonly #attrs: { readonly attr: Attr; readonly ids: readonly number[] }[] = [];
  readonly #names = new Map<number, string>();
  readonly #byId = new Map<number, EventSource>();
  /** The events in the order in which the recording names them. */
  readonly sources: EventSource[] = [];
  /** The layouts of tracepoints, once they are known. */
  formats: Map<number, Format> | undefined;
  /** The first event's attributes: all records have their id at the same place. */
  first: Attr | undefined;
  #only: EventSource | undefined;
  #firstSource: EventSource | undefined;
  #lastId = -1;
  #last: EventSource | undefined;
  /** True when the events are final and checked. */
  ready = false;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Adds the event at `at` of `view`, with its ids. `offset` is its place in the recording. Returns the attributes. */
  add(view: DataView, at: number, offset: number, ids: (attr: Attr) => readonly number[]): Attr {
    const attr = parseAttr(view, at, offset, this.#problems);
    this.#attrs.push({ attr, ids: ids(attr) });
    this.first ??= attr;
    return attr;
  }

  /** The name of the event with this id. */
  name(id: number, name: string): void {
    this.#names.set(id, name);
  }

  /** The event with this id. With `orFirst`, an unknown id means the first event. */
  find(id: number, orFirst: boolean): EventSource | undefined {
    if (id === this.#lastId) return this.#last;
    const found = this.#only ?? this.#byId.get(id) ?? (orFirst ? this.#firstSource : undefined);
    this.#lastId = id;
    this.#last = found;
    return found;
  }

  /** All events are known. Throws InputError when they do not show what a replay needs. */
  finish(): void {
    if (this.ready) return;
    this.ready = true;
    const problems = this.#problems;
    const { first, formats } = this;
    if (first === undefined) throw problems.refused("this recording says of no event what it consists of");
    if (formats === undefined)
      throw problems.refused(
        "this recording has no tracepoints: expected page faults, memory calls and page counts",
      );
    const names = new Set<string>();
    for (const { attr, ids } of this.#attrs) {
      const source = this.#source(attr, ids, formats);
      this.#firstSource ??= source;
      this.sources.push(source);
      names.add(source.name);
      for (const id of ids) this.#byId.set(id, source);
      if (this.#attrs.length === 1) this.#only = source;
      this.#check(source);
    }
    const lacks = NEEDED.filter((name) => !names.has(name));
    const attrs = this.#attrs.map(({ attr }) => attr);
    if (!attrs.some(({ mmap }) => mmap)) lacks.push("records of mappings");
    else if (!attrs.some(({ mmapData }) => mmapData)) lacks.push("records of data mappings (perf record -d)");
    if (!attrs.some(({ task, comm }) => task && comm)) lacks.push("records of tasks");
    if (lacks.length > 0) throw problems.refused(`this recording lacks ${lacks.join(", ")}`);
  }

  #source(attr: Attr, ids: readonly number[], formats: ReadonlyMap<number, Format>): EventSource {
    if (attr.tracepoint < 0) {
      const name =
        ids.map((id) => this.#names.get(id)).find((found) => found !== undefined) ?? "unnamed event";
      return { attr, name, decode: other(name), rawBytes: 0, number: this.sources.length };
    }
    const format = formats.get(attr.tracepoint);
    if (format === undefined)
      throw this.#problems.refused(`this recording lacks the layout of tracepoint ${attr.tracepoint}`);
    try {
      const decode = decoderOf(format);
      const number = this.sources.length;
      return { attr, name: format.name, decode, rawBytes: reach(format), number };
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      throw this.#problems.refused(`a replay does not know this kernel: ${error.message}`, "");
    }
  }

  #check({ attr, name }: EventSource): void {
    const problems = this.#problems;
    const { tail, period, backward, idAt, timeAt, tidAt, hasRaw, tracepoint } = attr;
    const first = this.first as Attr;
    if (tail.time === NOWHERE || tail.tid === NOWHERE || timeAt === NOWHERE || tidAt === NOWHERE)
      throw problems.refused(`the records of ${name} lack times or thread numbers`);
    if (idAt !== first.idAt || tail.id !== first.tail.id)
      throw problems.refused(
        `the records of ${name} have their identifier at another place than those before`,
      );
    if (this.#attrs.length > 1 && idAt === NOWHERE)
      throw problems.refused("its records do not say which event they are of");
    if (tracepoint < 0) return;
    if (!hasRaw) throw problems.refused(`the records of ${name} lack the event's fields (perf record -R)`);
    if (period !== 1)
      throw problems.refused(
        period === 0
          ? `${name} was sampled at a frequency: expected every event`
          : `${name} was recorded once in ${period} times: expected every event`,
      );
    if (backward) throw problems.refused("this recording was overwritten from its beginning (--overwrite)");
  }
}

/** Ids in `view` from `at` to `end`. */
export function readIds(view: DataView, at: number, end: number): readonly number[] {
  const ids: number[] = [];
  for (let i = at; i + 8 <= end; i += 8)
    ids.push(view.getUint32(i, true) + view.getUint32(i + 4, true) * 2 ** 32);
  return ids;
}
