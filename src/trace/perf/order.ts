/**
 * The order of records by time. perf copies the rings of the CPUs in rounds: within one ring the records are in
 * order, and at a round's end no later record can be older than the newest of the round before. So the memory that
 * this needs is two rounds.
 */

const FIRST = 1 << 14;

/** Records that wait for their turn, each a time, a place and a mark of its kind. Equal times keep the order of arrival. */
export class Order {
  #times = new Float64Array(FIRST);
  #places = new Int32Array(FIRST);
  #marks = new Uint16Array(FIRST);
  #spareTimes = new Float64Array(FIRST);
  #sparePlaces = new Int32Array(FIRST);
  #spareMarks = new Uint16Array(FIRST);
  /** Waiting records: [#head, #end). Those before #sorted are in order, those before #due may be taken. */
  #head = 0;
  #end = 0;
  #sorted = 0;
  #due = 0;
  #newest = Number.NEGATIVE_INFINITY;
  #flush = Number.NEGATIVE_INFINITY;

  /** The number of waiting records. */
  get waiting(): number {
    return this.#end - this.#head;
  }

  /** Adds a record. `mark` is any number below 65,536. */
  add(time: number, place: number, mark: number): void {
    if (this.#end === this.#times.length) this.#grow();
    this.#times[this.#end] = time;
    this.#places[this.#end] = place;
    this.#marks[this.#end] = mark;
    this.#end++;
    if (time > this.#newest) this.#newest = time;
  }

  /** A round ends: the records up to the newest of the round before it are due. */
  round(): void {
    this.#makeDue(this.#flush);
    this.#flush = this.#newest;
  }

  /** The recording ends: all records are due. */
  finish(): void {
    this.#makeDue(Number.POSITIVE_INFINITY);
  }

  /** Place of the next record that is due; -1 when there is none. */
  next(): number {
    if (this.#head >= this.#due) return -1;
    return this.#places[this.#head++] as number;
  }

  /** The mark of the record that `next` gave last. */
  get mark(): number {
    return this.#marks[this.#head - 1] as number;
  }

  /** Calls `move` with the place of each waiting record, in order; it returns the new place. All due ones are taken. */
  movePlaces(move: (place: number) => number): void {
    const count = this.waiting;
    this.#times.copyWithin(0, this.#head, this.#end);
    this.#places.copyWithin(0, this.#head, this.#end);
    this.#marks.copyWithin(0, this.#head, this.#end);
    this.#sorted -= this.#head;
    this.#head = 0;
    this.#due = 0;
    this.#end = count;
    for (let i = 0; i < count; i++) this.#places[i] = move(this.#places[i] as number);
  }

  #makeDue(limit: number): void {
    this.#sort();
    let low = this.#due;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) <= limit) low = middle + 1;
      else high = middle;
    }
    this.#due = low;
  }

  /** Merges neighbouring runs until one is left. */
  #sort(): void {
    let runs = this.#runs();
    while (runs.length > 2) {
      const merged: number[] = [this.#head];
      let at = 0;
      for (; at + 2 < runs.length; at += 2) {
        this.#merge(runs[at] as number, runs[at + 1] as number, runs[at + 2] as number);
        merged.push(runs[at + 2] as number);
      }
      if (at + 1 < runs.length) {
        const [from, to] = [runs[at] as number, runs[at + 1] as number];
        this.#spareTimes.set(this.#times.subarray(from, to), from);
        this.#sparePlaces.set(this.#places.subarray(from, to), from);
        this.#spareMarks.set(this.#marks.subarray(from, to), from);
        merged.push(to);
      }
      [this.#times, this.#spareTimes] = [this.#spareTimes, this.#times];
      [this.#places, this.#sparePlaces] = [this.#sparePlaces, this.#places];
      [this.#marks, this.#spareMarks] = [this.#spareMarks, this.#marks];
      runs = merged;
    }
    this.#sorted = this.#end;
  }

  /** The borders of the ascending runs among the waiting records. */
  #runs(): number[] {
    const times = this.#times;
    const borders = [this.#head];
    for (let i = Math.max(this.#head + 1, this.#sorted); i < this.#end; i++)
      if ((times[i] as number) < (times[i - 1] as number)) borders.push(i);
    borders.push(this.#end);
    return borders;
  }

  #merge(left: number, right: number, end: number): void {
    const times = this.#times;
    const places = this.#places;
    const marks = this.#marks;
    const toTimes = this.#spareTimes;
    const toPlaces = this.#sparePlaces;
    const toMarks = this.#spareMarks;
    let a = left;
    let b = right;
    for (let to = left; to < end; to++) {
      const fromLeft = a < right && (b >= end || (times[a] as number) <= (times[b] as number));
      const from = fromLeft ? a++ : b++;
      toTimes[to] = times[from] as number;
      toPlaces[to] = places[from] as number;
      toMarks[to] = marks[from] as number;
    }
  }

  #grow(): void {
    const size = this.#times.length * 2;
    const times = new Float64Array(size);
    const places = new Int32Array(size);
    const marks = new Uint16Array(size);
    times.set(this.#times);
    places.set(this.#places);
    marks.set(this.#marks);
    this.#times = times;
    this.#places = places;
    this.#marks = marks;
    this.#spareTimes = new Float64Array(size);
    this.#sparePlaces = new Int32Array(size);
    this.#spareMarks = new Uint16Array(size);
  }
}
