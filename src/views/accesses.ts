/** What the CPUs of the view machine have done: their accesses, by number. Access 0 stands for none. */
import { Doubles, Ints } from "./numbers.js";

export class Accesses {
  readonly cpu = new Ints();
  readonly location = new Ints();
  /** READ, SILENT or WRITE. */
  readonly kind = new Ints();
  /** The place of what was read or written. */
  readonly place = new Doubles();
  /** What is known behind it; what a read of another CPU's store, or a store, has to be seen with. */
  readonly known = new Ints();
  readonly sees = new Ints();
  /** The CPU's access before it. */
  readonly previous = new Ints();
  /** What is known behind it and all earlier ones of its CPU to the location; the last of those with an earlier place. */
  readonly knows = new Ints();
  readonly before = new Ints();
  /** The last access of each CPU to each location. */
  readonly tops = new Ints();

  constructor(readonly cpus: number) {
    this.begin();
  }

  get size(): number {
    return this.place.size;
  }

  /** The columns of integers. */
  get ints(): Ints[] {
    const { cpu, location, kind, known, sees, previous, knows, before, tops } = this;
    return [cpu, location, kind, known, sees, previous, knows, before, tops];
  }

  /** Room for one more location. */
  widen(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) this.tops.push(0);
  }

  /** The last access of a CPU to a location. */
  top(cpu: number, location: number): number {
    return this.tops.get(location * this.cpus + cpu);
  }

  /** A new one, the last of its CPU there. `known` is behind it, `knows` behind it and the earlier ones there. */
  add(
    cpu: number,
    location: number,
    place: number,
    kind: number,
    known: number,
    knows: number,
    sees: number,
    previous: number,
  ): number {
    const top = this.top(cpu, location);
    const isSame = top !== 0 && this.place.get(top) === place;
    const before = isSame ? this.before.get(top) : top;
    const made = this.#push(cpu, location, place, kind, known, knows, before, sees, previous);
    this.tops.set(location * this.cpus + cpu, made);
    return made;
  }

  /** A new one, to a word that has no location, since no other CPU looks there: nobody sees an old value of it. */
  addAlone(cpu: number, kind: number, known: number, sees: number, previous: number): number {
    return this.#push(cpu, 0, Number.POSITIVE_INFINITY, kind, known, known, 0, sees, previous);
  }

  /** Makes access 0. */
  begin(): void {
    for (const column of this.ints) if (column !== this.tops) column.push(0);
    this.place.push(0);
  }

  #push(
    cpu: number,
    location: number,
    place: number,
    kind: number,
    known: number,
    knows: number,
    before: number,
    sees: number,
    previous: number,
  ): number {
    const made = this.size;
    this.cpu.push(cpu);
    this.location.push(location);
    this.kind.push(kind);
    this.place.push(place);
    this.known.push(known);
    this.sees.push(sees);
    this.previous.push(previous);
    this.knows.push(knows);
    this.before.push(before);
    return made;
  }
}
