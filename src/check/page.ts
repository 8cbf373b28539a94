/** What one page of a process may hold, and what a store, a fork or a pin does to that. */

/** The words of an object that processes share: a file, or shared memory. By its page; null: anything may be there. */
export type SharedWords = Map<number, bigint | null>;

/** One page of one process. */
export class Page {
  /** False: anything may be there. */
  known = true;
  /** Nothing makes it known again: a device may store to it, or not. */
  lost = false;
  value = 0n;
  /** The second word that may be there instead. */
  other: bigint | undefined;
  /** Its owner does not need it: it may become empty while nobody stores to it. */
  lazy = false;
  /** Pins of it that are held. */
  pins = 0;
  /** A child gets no such page, or an empty one; `forksKnown` false: nobody knows. */
  skipped = false;
  wiped = false;
  forksKnown = true;
  /** The object behind it, and the page there; undefined for private anonymous memory. */
  readonly shared: SharedWords | undefined;
  readonly offset: number;
  /** False where the object's word is seen: shared memory, or a private page of a file that nobody stored to. */
  own: boolean;
  readonly isPrivate: boolean;
  /** The page at which it was mapped. */
  readonly home: number;

  constructor(home: number, isPrivate: boolean, shared: SharedWords | undefined, offset: number) {
    this.home = home;
    this.isPrivate = isPrivate;
    this.shared = shared;
    this.offset = offset;
    this.own = shared === undefined;
  }

  /** The word now; null: it may be any. */
  get word(): bigint | null {
    if (!this.known) return null;
    if (this.own) return this.value;
    const word = this.shared?.get(this.offset);
    return word === undefined ? 0n : word;
  }

  /** Whether a word may be there. */
  holds(word: bigint): boolean {
    const now = this.word;
    return now === null || word === now || (this.own && word === this.other);
  }

  /** The process gets a page of its own, with the word of the object. */
  take(): void {
    const { word } = this;
    if (word === null) this.known = false;
    else this.store(word);
  }

  /** A store. */
  store(word: bigint): void {
    this.known = !this.lost;
    if (this.isPrivate) {
      this.own = true;
      this.value = word;
      this.other = undefined;
      this.lazy = false;
      return;
    }
    // The page may be anywhere now.
    if (this.lost) this.shared?.set(this.offset, null);
    else if (this.shared?.get(this.offset) !== null) this.shared?.set(this.offset, word);
  }

  /** A page that takes the place of this one, and is as after mmap. */
  fresh(): Page {
    const page = new Page(this.home, this.isPrivate, this.shared, this.offset);
    page.skipped = this.skipped;
    page.wiped = this.wiped;
    page.forksKnown = this.forksKnown;
    page.known = this.known;
    page.lost = this.lost;
    return page;
  }

  /** Nothing is known of it any more, and nothing will be. */
  lose(): void {
    this.known = false;
    this.lost = true;
  }

  /** As lose, for a page that may be in another place too: of shared memory nobody knows the word any more. */
  stray(): void {
    this.lose();
    if (!this.isPrivate) this.shared?.set(this.offset, null);
  }

  /** The child's page; undefined when it gets none. */
  forked(): Page | undefined {
    if (this.skipped && this.forksKnown) return undefined;
    const page = this.fresh();
    if (!this.forksKnown) page.lose();
    if (this.wiped) return page;
    page.own = this.own;
    page.value = this.value;
    page.other = this.other;
    page.lazy = this.lazy;
    return page;
  }

  /** Drops one pin: reclaim may take the page again. */
  unpin(): void {
    this.pins--;
    if (this.lazy && this.pins === 0 && this.own) this.other ??= 0n;
  }
}

/** A page by which a mapping has grown. */
export function grown(first: Page, by: number): Page {
  const page = new Page(first.home + by, first.isPrivate, first.shared, first.offset + by);
  page.skipped = first.skipped;
  page.wiped = first.wiped;
  page.forksKnown = first.forksKnown;
  page.known = first.known;
  page.lost = first.lost;
  return page;
}
