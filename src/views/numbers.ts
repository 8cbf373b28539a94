/** Arrays of numbers that grow, and that are cut back at once. */

/** 32-bit integers. */
export class Ints {
  #items = new Int32Array(64);
  size = 0;

  get(at: number): number {
    return this.#items[at] as number;
  }

  set(at: number, value: number): void {
    this.#items[at] = value;
  }

  push(value: number): void {
    if (this.size === this.#items.length) {
      const larger = new Int32Array(2 * this.size);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.size++] = value;
  }

  /** Copies the numbers to a place in an array. */
  copy(into: Int32Array, at: number): void {
    const items = this.#items;
    for (let i = 0; i < this.size; i++) into[at + i] = items[i] as number;
  }

  /** Brings back so many numbers from where `copy` left them. */
  load(from: Int32Array, at: number, size: number): void {
    while (this.#items.length < size) this.#items = new Int32Array(2 * this.#items.length);
    const items = this.#items;
    for (let i = 0; i < size; i++) items[i] = from[at + i] as number;
    this.size = size;
  }
}

/** Double-precision numbers. */
export class Doubles {
  #items = new Float64Array(64);
  size = 0;

  get(at: number): number {
    return this.#items[at] as number;
  }

  push(value: number): void {
    if (this.size === this.#items.length) {
      const larger = new Float64Array(2 * this.size);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.size++] = value;
  }
}
