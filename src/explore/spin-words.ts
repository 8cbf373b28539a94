/** The words that are spin locks: a machine gives such a lock back in its own way. */

export class SpinWords {
  readonly #words = new Set<number>();
  /** By mark: these. */
  readonly #marked: number[][] = [];

  /** All of them, in any order. */
  get words(): Iterable<number> {
    return this.#words;
  }

  has(at: number): boolean {
    return this.#words.has(at);
  }

  /** A CPU takes the lock, and it is one or not. */
  note(at: number, isSpin: boolean): void {
    if (this.has(at) === isSpin) return;
    if (isSpin) this.#words.add(at);
    else this.#words.delete(at);
  }

  clear(): void {
    if (this.#words.size > 0) this.#words.clear();
  }

  /** Notes the words in the middle of an execution, by numbers from 0 on; and back. */
  mark(number: number): void {
    const kept = this.#marked[number] ?? [];
    this.#marked[number] = kept;
    kept.length = 0;
    for (const at of this.#words) kept.push(at);
  }

  back(number: number): void {
    this.clear();
    for (const at of this.#marked[number] ?? []) this.#words.add(at);
  }
}
