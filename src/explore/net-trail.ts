/** What the tables of a race net had before, so that the net can go back to a mark. */

/** The kind of an entry that is an access; a word has the number of its table, counted from 1, and a number too. */
const ACCESS = 0;
const NUMBERS = 3;

export class NetTrail {
  /** Numbers of a word in `released` and `heard`. */
  readonly #width: number;
  readonly #clocks: Uint32Array;
  readonly #places: Uint16Array;
  /** The tables of words; of single numbers. */
  readonly #words: readonly Uint32Array[];
  readonly #numbers: readonly Uint32Array[];
  /** Entries, each with its kind last: an access is its clock, its place and its index; a word is its numbers and its index. */
  #entries = new Uint32Array(4096);
  #size = 0;
  /** Nothing is kept before the first mark. */
  #keeps = false;
  /** By mark: the entries before it, and the vector clocks. */
  readonly #sizes: number[] = [];
  readonly #marked: Uint32Array[] = [];

  constructor(
    width: number,
    clocks: Uint32Array,
    places: Uint16Array,
    released: Uint32Array,
    heard: Uint32Array,
    ...numbers: readonly Uint32Array[]
  ) {
    this.#width = width;
    this.#clocks = clocks;
    this.#places = places;
    this.#words = [released, heard];
    this.#numbers = numbers;
  }

  /** Forgets all marks. */
  clear(): void {
    this.#size = 0;
    this.#keeps = false;
  }

  /** Before the clock and the place of an access change. */
  keepAccess(at: number): void {
    if (!this.#keeps) return;
    const entries = this.#room(4);
    let size = this.#size;
    entries[size++] = this.#clocks[at] as number;
    entries[size++] = this.#places[at] as number;
    entries[size++] = at;
    entries[size++] = ACCESS;
    this.#size = size;
  }

  /** Before a word of one of the tables changes. */
  keepWord(table: Uint32Array, word: number): void {
    if (!this.#keeps) return;
    const width = this.#width;
    const entries = this.#room(width + 2);
    let size = this.#size;
    const at = word * width;
    for (let i = 0; i < width; i++) entries[size++] = table[at + i] as number;
    entries[size++] = at;
    entries[size++] = table === this.#words[0] ? 1 : 2;
    this.#size = size;
  }

  /** Before a number of one of the tables changes. */
  keepNumber(table: Uint32Array, at: number): void {
    if (!this.#keeps) return;
    const entries = this.#room(3);
    let size = this.#size;
    entries[size++] = table[at] as number;
    entries[size++] = at;
    entries[size++] = NUMBERS + this.#numbers.indexOf(table);
    this.#size = size;
  }

  /** Notes the state, with these vector clocks. */
  mark(number: number, clocks: readonly Uint32Array[]): void {
    this.#keeps = true;
    this.#sizes[number] = this.#size;
    let kept = this.#marked[number];
    if (kept === undefined) {
      kept = new Uint32Array(clocks.reduce((sum, { length }) => sum + length, 0));
      this.#marked[number] = kept;
    }
    let to = 0;
    for (const set of clocks) for (let i = 0; i < set.length; i++) kept[to++] = set[i] as number;
  }

  /** Goes back to a mark. */
  back(number: number, clocks: readonly Uint32Array[]): void {
    const to = this.#sizes[number] as number;
    while (this.#size > to) this.#undo();
    const kept = this.#marked[number] as Uint32Array;
    let from = 0;
    for (const set of clocks) for (let i = 0; i < set.length; i++) set[i] = kept[from++] as number;
  }

  #undo(): void {
    const entries = this.#entries;
    const kind = entries[--this.#size] as number;
    const at = entries[--this.#size] as number;
    if (kind === ACCESS) {
      this.#places[at] = entries[--this.#size] as number;
      this.#clocks[at] = entries[--this.#size] as number;
      return;
    }
    if (kind >= NUMBERS) {
      (this.#numbers[kind - NUMBERS] as Uint32Array)[at] = entries[--this.#size] as number;
      return;
    }
    const table = this.#words[kind - 1] as Uint32Array;
    for (let i = this.#width - 1; i >= 0; i--) table[at + i] = entries[--this.#size] as number;
  }

  #room(more: number): Uint32Array {
    if (this.#size + more > this.#entries.length) {
      const larger = new Uint32Array(2 * this.#entries.length);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    return this.#entries;
  }
}
