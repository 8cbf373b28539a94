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

  /** Copies the numbers. */
  copy(): Int32Array {
    return this.#items.slice(0, this.size);
  }

  /** Brings back what `copy` gave. */
  load(from: Int32Array): void {
    while (this.#items.length < from.length) this.#items = new Int32Array(2 * this.#items.length);
    this.#items.set(from);
    this.size = from.length;
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
