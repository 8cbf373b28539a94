/** The last writer of each page in a window, so that writes of two CPUs to one page keep the trace's order. */

/** Initial entries of the table. It doubles when it is half full. */
const FIRST = 4096;
const NONE = -1;

/**
 * A table of pages. A page is a key (space and page number, a safe integer), its writer a CPU and a position of that
 * CPU's ring. Entries of earlier windows do not count.
 */
export class Writers {
  #keys = new Float64Array(FIRST).fill(NONE);
  #cpus = new Int16Array(FIRST);
  #positions = new Int32Array(FIRST);
  #used = 0;
  #found = 0;

  /** Finds a page's entry. `cpu`, `position` and `set` use it until the next call. */
  find(space: number, address: number): void {
    if (this.#used * 2 >= this.#keys.length) this.#grow();
    const key = Math.floor(address / 4096) * 65536 + space;
    this.#found = this.#place(key);
    if (this.#keys[this.#found] === key) return;
    this.#keys[this.#found] = key;
    this.#positions[this.#found] = 0;
    this.#used++;
  }

  /** CPU of the last writer. */
  get cpu(): number {
    return this.#cpus[this.#found] as number;
  }

  /** Position of the last writer; 0 when nobody has written to the page. */
  get position(): number {
    return this.#positions[this.#found] as number;
  }

  /** The page has a new last writer. */
  set(cpu: number, position: number): void {
    this.#cpus[this.#found] = cpu;
    this.#positions[this.#found] = position;
  }

  /** Ends a window. */
  clear(): void {
    if (this.#used > 0) this.#keys.fill(NONE);
    this.#used = 0;
  }

  #place(key: number): number {
    const mask = this.#keys.length - 1;
    // Use both halves of the key. Otherwise pages at the same offset in different tables would collide.
    let at = (Math.imul((key % 2 ** 32) | 0, 0x9e3779b1) ^ Math.imul((key / 2 ** 32) | 0, 0x85ebca6b)) >>> 7;
    for (at &= mask; this.#keys[at] !== NONE && this.#keys[at] !== key; ) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, cpus, positions] = [this.#keys, this.#cpus, this.#positions];
    this.#keys = new Float64Array(keys.length * 2).fill(NONE);
    this.#cpus = new Int16Array(keys.length * 2);
    this.#positions = new Int32Array(keys.length * 2);
    for (const [from, key] of keys.entries()) {
      if (key === NONE) continue;
      const to = this.#place(key);
      this.#keys[to] = key;
      this.#cpus[to] = cpus[from] as number;
      this.#positions[to] = positions[from] as number;
    }
  }
}
