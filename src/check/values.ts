/**
 * What each page of a program may hold: the word that was stored last, or 0 where the page may have been dropped. It
 * follows the engine's answers. It says nothing about rights, and nothing where an operation failed half-way.
 */

import type { MmapOp, MremapOp, Operation } from "../ops/operation.js";
import type { Answer } from "./checked-machine.js";
import { grown, Page, type SharedWords } from "./page.js";

/** Pages behind a heap's end that belong to it. */
const MOST_HEAP = 64;

/** A word that was read and must not be there. */
export interface WrongWord {
  /** The words that may be there; equal where there is one. */
  readonly wanted: bigint;
  readonly other: bigint;
  /** In a sentence. */
  readonly message: string;
}

/** A pin that a process holds. */
export interface Hold {
  readonly page: number;
  readonly write: boolean;
  /** The page that is pinned, where it is known. */
  readonly of: Page | undefined;
}

/** The pages of the living processes. */
export class Values {
  readonly processes = new Map<number, Map<number, Page>>([[0, new Map()]]);
  /** The pin that a process holds, with the page that it is of. */
  readonly held = new Map<number, Hold>();
  /** Pins that are held of ranges: what `unpin` drops. */
  readonly pinned: { readonly process: number; readonly page: number; readonly of: Page | undefined }[] = [];
  /** Processes that lived. */
  readonly known = new Set([0]);
  readonly #file: SharedWords = new Map();
  /** Whether an allocation may be refused. */
  #refusing = false;

  /** The pages of a process; undefined when it does not live. */
  pagesOf(process: number): ReadonlyMap<number, Page> | undefined {
    return this.processes.get(process);
  }

  /** Takes in an operation and its answer. Returns what is wrong about a word that was read; undefined when it may be. */
  follow(operation: Operation, { result, value }: Answer): WrongWord | undefined {
    const done = result >= 0;
    switch (operation.kind) {
      case "mmap":
        this.#map(operation, done);
        return undefined;
      case "munmap":
        this.#each(operation, (pages, at, page) => {
          if (done) pages.delete(at);
          else page.lose();
        });
        return undefined;
      case "mremap":
        this.#remap(operation, done);
        return undefined;
      case "madvise":
        this.#advise(operation.process, operation.page, operation.pages, operation.advice, done);
        return undefined;
      case "read":
        return done ? this.#read(operation.process, operation.page, value) : undefined;
      case "write":
        if (done) this.#at(operation.process, operation.page)?.store(operation.value);
        return undefined;
      case "supply":
        if (done && operation.value !== undefined) {
          this.#at(operation.process, operation.page)?.store(operation.value);
        }
        return undefined;
      case "brk":
        // What grows again begins empty.
        if (done) this.#each({ ...operation, pages: MOST_HEAP }, (pages, at) => pages.delete(at));
        return undefined;
      case "touch":
        if (operation.write) this.#taken(operation.process, operation.page, operation.pages, done);
        return undefined;
      case "mlock":
        this.#taken(operation.process, operation.page, operation.pages, false);
        return undefined;
      case "mprotect":
        // A locked mapping that becomes writable gets its own pages at once.
        this.#taken(operation.process, operation.page, operation.pages, false);
        return undefined;
      case "fork":
        if (done) this.#fork(operation.process, operation.child);
        return undefined;
      case "fail":
        this.#refusing = operation.after > 0;
        return undefined;
      case "exit":
        this.processes.delete(operation.process);
        return undefined;
      case "hold": {
        if (!done) {
          this.#refusedPin(operation.process, operation.page, 1, operation.write);
          return undefined;
        }
        const of = this.#pin(operation.process, operation.page, operation.write);
        this.held.set(operation.process, { page: operation.page, write: operation.write, of });
        return undefined;
      }
      case "pin":
        if (!done) this.#refusedPin(operation.process, operation.page, operation.pages, operation.write);
        for (let i = 0; done && i < operation.pages; i++) {
          const { process, page, write } = operation;
          this.pinned.push({ process, page: page + i, of: this.#pin(process, page + i, write) });
        }
        return undefined;
      case "unpin":
        for (let i = 0; done && i < operation.pages; i++) this.#unpin(operation.process, operation.page + i);
        return undefined;
      case "device":
        if (done) this.#device(operation.process, operation.value);
        return undefined;
      case "release":
        return done ? this.#release(operation.process, value) : undefined;
      default:
        return undefined;
    }
  }

  /** The page of a process, made where an access has shown that the mapping grew down to it. */
  #at(process: number, at: number): Page | undefined {
    const pages = this.processes.get(process);
    if (pages === undefined) return undefined;
    let page = pages.get(at);
    if (page === undefined) {
      page = new Page(at, true, undefined, at);
      page.forksKnown = false;
      pages.set(at, page);
    }
    return page;
  }

  #each(
    { process, page: first, pages: count }: { process: number; page: number; pages: number },
    change: (pages: Map<number, Page>, at: number, page: Page) => void,
  ): void {
    const pages = this.processes.get(process);
    if (pages === undefined) return;
    for (let at = first; at < first + count; at++) {
      const page = pages.get(at);
      if (page !== undefined) change(pages, at, page);
    }
  }

  #map({ process, page: first, pages: count, shared, backing }: MmapOp, done: boolean): void {
    const pages = this.processes.get(process);
    if (pages === undefined || first === "any") return;
    if (!done) {
      // What was there may be gone already.
      for (let at = first; at < first + count; at++) pages.get(at)?.lose();
      return;
    }
    const object = backing === "anon" ? (shared ? new Map<number, bigint | null>() : undefined) : this.#file;
    const offset = backing === "anon" ? 0 : backing;
    for (let i = 0; i < count; i++) pages.set(first + i, new Page(first + i, !shared, object, offset + i));
  }

  #remap({ process, page: from, pages: count, newPages, to, keep }: MremapOp, done: boolean): void {
    const pages = this.processes.get(process);
    if (pages === undefined) return;
    if (to === "any") return;
    if (!done) {
      // Where it was to go may be empty already, or the first of several mappings may be there; the tail may be gone.
      for (let at = from; at < from + count; at++) pages.get(at)?.stray();
      for (let i = 0; to !== "stay" && i < newPages; i++) loseAt(pages, to + i);
      return;
    }
    const target = to === "stay" ? from : to;
    const first = pages.get(from);
    const moved = Array.from({ length: count }, (_, i) => pages.get(from + i));
    for (let i = 0; i < count; i++) {
      const page = moved[i];
      if (target === from) continue;
      const rest = page !== undefined && (keep || this.#refusing) ? page.fresh() : undefined;
      if (rest === undefined) pages.delete(from + i);
      else pages.set(from + i, rest);
      // Without memory to split it, the source stays mapped although its pages have moved.
      if (!keep) rest?.lose();
    }
    if (target === from) for (let i = newPages; i < count; i++) pages.delete(from + i);
    for (let i = 0; i < newPages; i++) {
      const page = i < count ? moved[i] : first && grown(first, i);
      // A hole moves too, or what is there stays.
      if (page !== undefined) pages.set(target + i, page);
      else loseAt(pages, target + i);
    }
  }

  #advise(process: number, first: number, count: number, advice: string, done: boolean): void {
    this.#each({ process, page: first, pages: count }, (pages, at, page) => {
      switch (advice) {
        case "dontneed":
          if (!page.isPrivate) return;
          if (done) pages.set(at, page.fresh());
          else if (page.shared === undefined && page.pins === 0) page.other ??= 0n;
          else page.lose();
          return;
        case "free":
          if (!page.isPrivate || page.shared !== undefined) return;
          page.lazy = true;
          if (page.pins === 0) page.other = 0n;
          return;
        case "dontfork":
        case "dofork":
          page.skipped = advice === "dontfork";
          page.forksKnown &&= done;
          return;
        case "wipeonfork":
        case "keeponfork":
          page.wiped = advice === "wipeonfork";
          page.forksKnown &&= done;
      }
    });
  }

  #read(process: number, at: number, word: bigint): WrongWord | undefined {
    const page = this.#at(process, at);
    if (page === undefined || page.holds(word)) {
      // What has been dropped stays empty.
      if (page?.own && page.known && word === 0n && page.other === 0n) {
        page.value = 0n;
        page.other = undefined;
      }
      return undefined;
    }
    const wanted = page.word ?? 0n;
    const other = (page.own ? page.other : undefined) ?? wanted;
    const holds = other === wanted ? `${wanted}` : `${wanted} or ${other}`;
    return {
      wanted,
      other,
      message: `process ${process} reads ${word} from page ${at}, which holds ${holds}`,
    };
  }

  /** Private pages of a file that have become the process's own, perhaps. */
  #taken(process: number, first: number, count: number, done: boolean): void {
    this.#each({ process, page: first, pages: count }, (_, __, page) => {
      if (!page.isPrivate || page.own) return;
      if (done) page.take();
      else page.known = false;
    });
  }

  #fork(parent: number, child: number): void {
    const copies = new Map<number, Page>();
    for (const [at, page] of this.processes.get(parent) ?? []) {
      const copy = page.forked();
      if (copy !== undefined) copies.set(at, copy);
    }
    this.processes.set(child, copies);
    this.known.add(child);
  }

  #pin(process: number, at: number, write: boolean): Page | undefined {
    const page = this.#at(process, at);
    if (page === undefined) return undefined;
    if (page.isPrivate && !page.own) {
      // A device that reads pins the file's page. The process leaves it at its first store.
      if (!write) {
        if (!page.known) page.shared?.set(page.offset, null);
        return new Page(page.home, false, page.shared, page.offset);
      }
      page.take();
    }
    page.pins++;
    return page;
  }

  /** A pin that was refused may have made pages the process's own before the one that it could not have. */
  #refusedPin(process: number, first: number, count: number, write: boolean): void {
    if (write) this.#taken(process, first, count, false);
  }

  #unpin(process: number, at: number): void {
    const index = this.pinned.findLastIndex((pin) => pin.process === process && pin.page === at);
    if (index < 0) return;
    this.pinned[index]?.of?.unpin();
    this.pinned.splice(index, 1);
  }

  #device(process: number, word: bigint): void {
    const page = this.held.get(process)?.of;
    if (page === undefined) return;
    if (page.isPrivate) {
      page.value = word;
      page.other = undefined;
    } else page.shared?.set(page.offset, null); // reclaim may drop a page that only a device has stored to
  }

  #release(process: number, word: bigint): WrongWord | undefined {
    const held = this.held.get(process);
    this.held.delete(process);
    if (held?.of === undefined) return undefined;
    const right = held.of.holds(word);
    held.of.unpin();
    if (right) return undefined;
    const wanted = held.of.word ?? 0n;
    const message = `the pin of process ${process} on page ${held.page} sees ${word}, and the page holds ${wanted}`;
    return { wanted, other: wanted, message };
  }
}

/** From here on anything may be at a page. */
function loseAt(pages: Map<number, Page>, at: number): void {
  const page = pages.get(at) ?? new Page(at, true, undefined, at);
  page.stray();
  pages.set(at, page);
}
