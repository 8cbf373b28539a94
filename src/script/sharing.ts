/** Finds pages of processes that may be one physical page. Operations on such pages must keep their order. */

import { keepLatest, type Mark, type Marks } from "../engine/marks.js";
import { type ProcessOperation, WINDOW_PAGES } from "../ops/operation.js";

/** Marks a page that cannot be present: nobody has accessed it since it was mapped. */
const UNUSED = 0;
/** Marks a page that no other process has. */
const ALONE = 1;
/** The class of all pages where the scripts' file is mapped. */
const FILE = 2;

/** Classes of the pages of one process's window, by page. */
type Pages = Int32Array;

/**
 * Pages of processes, in classes: two pages that may be one physical page are in one class. This uses the script
 * alone and does not know the results of operations, so a class may be too large, but never too small:
 *
 * - fork: each page that was accessed and the child's copy are one class from then on, also when a write has
 *   separated them since;
 * - a file mapping is in the file's class, wherever it is, and each shared anonymous mapping has a class of
 *   its own;
 * - mremap: where a page may have come to joins the class of where it may have been; growth joins the last
 *   page;
 * - mmap and munmap end it: what stands there afterwards is new. (Memory that runs out would stop them half
 *   way, but then who meets it depends on the order of unrelated operations as well.)
 */
export class Sharing {
  readonly #processes = new Map<number, Pages>([[0, new Int32Array(WINDOW_PAGES)]]);
  /** A class's parent in the forest of joined classes. */
  readonly #parents = [UNUSED, ALONE, FILE];
  /** The last users of each class, at its root. */
  readonly #users: Marks[] = [];

  /** The classes of the pages that an operation reads or changes, without pages that no other process has. */
  of(operation: ProcessOperation): Set<number> {
    const pages = this.#pages(operation.process);
    const classes = new Set<number>();
    if (operation.kind === "mmap" && operation.backing !== "anon") classes.add(this.#root(FILE));
    for (const [from, to] of touchedRanges(operation)) {
      for (let page = from; page < to; page++) {
        const found = pages[page] as number;
        if (found > ALONE) classes.add(this.#root(found));
      }
    }
    return classes;
  }

  /** Who used a class last. */
  users(found: number): readonly Mark[] {
    return this.#users[this.#root(found)] ?? [];
  }

  /** Notes the use of classes by an operation that comes after all of their users. */
  used(classes: Iterable<number>, mark: Mark): void {
    const marks = [mark];
    for (const found of classes) this.#users[this.#root(found)] = marks;
  }

  /**
   * Applies an operation to the classes. Call it before `used`, so that the joined classes get the operation's mark.
   */
  follow(operation: ProcessOperation): void {
    const pages = this.#pages(operation.process);
    switch (operation.kind) {
      case "fork":
        for (let page = 0; page < WINDOW_PAGES; page++)
          if (pages[page] === ALONE) pages[page] = this.#create();
        this.#processes.set(operation.child, pages.slice());
        return;
      case "exit":
        this.#processes.delete(operation.process);
        return;
      case "munmap":
        pages.fill(UNUSED, operation.page, operation.page + operation.pages);
        return;
      case "mmap": {
        if (operation.page === "any") return;
        const anonymous = operation.shared ? this.#create() : UNUSED;
        const found = operation.backing === "anon" ? anonymous : FILE;
        pages.fill(found, operation.page, operation.page + operation.pages);
        return;
      }
      case "mremap": {
        if (operation.to === "any") return;
        const to = operation.to === "stay" ? operation.page : operation.to;
        const last = Math.max(0, operation.pages - 1);
        // Read before writing: source and destination may overlap. (Such a call fails, but this file does not rely on
        // that.)
        const from = Array.from(pages.subarray(operation.page, operation.page + last + 1));
        for (let index = 0; index < operation.newPages; index++) {
          const source = from[Math.min(index, last)] ?? UNUSED;
          pages[to + index] = this.#join(pages[to + index] as number, source);
        }
        return;
      }
      case "heap":
      case "brk":
        return;
      default:
        // An access, or a change that makes locked memory present.
        for (const [start, end] of touchedRanges(operation)) {
          for (let page = start; page < end; page++) if (pages[page] === UNUSED) pages[page] = ALONE;
        }
    }
  }

  #pages(process: number): Pages {
    const pages = this.#processes.get(process);
    if (!pages) throw new Error(`process ${process} does not live here: the script was not validated`);
    return pages;
  }

  #create(): number {
    return this.#parents.push(this.#parents.length) - 1;
  }

  #root(found: number): number {
    let at = found;
    for (;;) {
      const parent = this.#parents[at] as number;
      if (parent === at) return at;
      this.#parents[at] = this.#parents[parent] as number;
      at = parent;
    }
  }

  #join(one: number, other: number): number {
    if (one <= ALONE || other <= ALONE) return Math.max(one, other);
    const [root, joined] = [this.#root(one), this.#root(other)];
    if (root === joined) return root;
    this.#parents[joined] = root;
    const users = [...(this.#users[root] ?? [])];
    for (const mark of this.#users[joined] ?? []) keepLatest(users, mark);
    this.#users[root] = users;
    return root;
  }
}

/** The pages of its own process that an operation may read or change, as [from, to). */
function touchedRanges(operation: ProcessOperation): (readonly [number, number])[] {
  switch (operation.kind) {
    case "cpu":
    case "unpin":
    case "release":
    case "device":
      return [];
    case "seen":
      return [
        [operation.page, operation.page + 1],
        [operation.nextPage, operation.nextPage + 1],
      ];
    case "hold":
    case "expect":
    case "read":
    case "write":
    case "supply":
      return [[operation.page, operation.page + 1]];
    case "mmap":
      if (operation.page === "any") return [];
      return [[operation.page, operation.page + operation.pages]];
    case "mremap": {
      // Growth in place reaches behind the source; length 0 maps what is shared once more, from its first page on.
      const grown = operation.to === "stay" ? operation.newPages : 1;
      const end = Math.min(WINDOW_PAGES, operation.page + Math.max(operation.pages, grown));
      const source = [operation.page, end] as const;
      if (typeof operation.to !== "number") return [source];
      return [source, [operation.to, operation.to + operation.newPages]];
    }
    case "heap":
    case "brk":
    case "fork":
    case "exit":
      // brk: a shorter heap loses all pages after the new end. The old end is unknown here.
      return [[0, WINDOW_PAGES]];
    default:
      return [[operation.page, operation.page + operation.pages]];
  }
}
