/**
 * Holds what two machines have in memory against each other, after the same operations: mappings, page tables, pages and
 * their lists, swap, merging, pins, counters. Where an object lies does not matter, only what it holds and what it
 * points to.
 */

import type { Control } from "../cpu/control.js";
import { Names } from "../inspect/names.js";
import type { Layout, Struct } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";
import { type Look, looksOf } from "./state-looks.js";

/** By the tag of Page.mapping (MAPPING_TAG of the layout): the structure that it points to. */
const OWNERS: Readonly<Record<number, string>> = { 0: "AddressSpace", 1: "AnonVma", 3: "KsmNode" };
/** Of assembly/obj/radix.ts and assembly/obj/ksm.ts: the layout of a module does not hold them. */
const RADIX_SLOTS = 64;
const KSM_MERGED = 2;
/** Levels of a tree: those of programs have few nodes. */
const MOST_DEPTH = 12;

/** The first thing that differs. */
export interface StateDifference {
  /** The structure and its field: `Page.flags`. */
  readonly field: string;
  readonly text: string;
}

/** The first difference between two machines of one shape, whose modules have the same layout; undefined: there is none. */
export function stateDifference(one: Control, other: Control): StateDifference | undefined {
  return new Twins(one, other).compare();
}

/** Two objects that are each other's, and their structure. */
type Pair = readonly [struct: string, one: number, other: number];

/** Pairs the objects of two machines, from what both keep in fixed places. */
class Twins {
  readonly #one: Control;
  readonly #other: Control;
  readonly #layout: Layout;
  readonly #looks: ReadonlyMap<string, Look>;
  /** By an object of the first machine: that of the second, and back. */
  readonly #pairs = new Map<number, number>();
  readonly #back = new Map<number, number>();
  readonly #queue: Pair[] = [];
  #found: StateDifference | undefined;

  constructor(one: Control, other: Control) {
    this.#one = one;
    this.#other = other;
    this.#layout = one.layout;
    this.#looks = looksOf(one.layout);
  }

  compare(): StateDifference | undefined {
    this.#tables("spaceBase", this.#one.get("spaces"), "Mm");
    this.#tables("fileBase", this.#one.get("files"), "AddressSpace");
    this.#follow();
    this.#lists();
    this.#swap();
    this.#pins();
    this.#merged();
    this.#blocks();
    this.#alone("CTL", "Ctl");
    for (let cpu = 0; cpu <= this.#one.cpus; cpu++)
      this.#object("Cpu", this.#one.cpuBase(cpu), this.#other.cpuBase(cpu));
    this.#follow();
    return this.#found;
  }

  /** Compares the paired objects, and those that they point to. */
  #follow(): void {
    for (let at = 0; at < this.#queue.length && this.#found === undefined; at++) {
      const [struct, one, other] = this.#queue[at] as Pair;
      this.#object(struct, one, other);
    }
    this.#queue.length = 0;
  }

  #object(struct: string, one: number, other: number): void {
    const look = this.#looks.get(struct);
    if (look === undefined) return;
    for (const { name, offset, wide } of look.words) {
      this.#word(`${struct}.${name}`, one + offset, other + offset);
      if (wide) this.#word(`${struct}.${name}`, one + offset + 4, other + offset + 4);
    }
    for (const { name, offset, to } of look.pointers)
      this.#pointers(`${struct}.${name}`, to, one + offset, other + offset);
    if (struct === "Mm") this.#space(one, other);
    else if (struct === "Page") this.#page(one, other);
    else if (struct === "RadixNode") this.#radix(one, other);
    else if (struct === "KsmItem") this.#item(one, other);
    else if (struct === "KsmNode") this.#node(one, other);
  }

  /** Two words that must be the same. */
  #word(field: string, one: number, other: number): boolean {
    if (this.#one.view.u32(one) === this.#other.view.u32(other)) return true;
    this.#differ(field, one, other);
    return false;
  }

  /** Two words that point to objects of a kind. */
  #pointers(field: string, to: string, one: number, other: number): void {
    this.#pair(field, to, one, other, this.#one.view.u32(one), this.#other.view.u32(other));
  }

  /** Two objects that must be each other's; `one` and `other` are the words that say so. */
  #pair(field: string, struct: string, one: number, other: number, mine: number, theirs: number): void {
    if (mine === 0 && theirs === 0) return;
    const known = this.#pairs.get(mine);
    if (mine !== 0 && theirs !== 0 && known === undefined && !this.#back.has(theirs)) {
      this.#pairs.set(mine, theirs);
      this.#back.set(theirs, mine);
      this.#queue.push([struct, mine, theirs]);
    } else if (known !== theirs) this.#differ(field, one, other);
  }

  /** The words behind two addresses differ. */
  #differ(field: string, one: number, other: number): void {
    if (this.#found !== undefined) return;
    const names = new Names(this.#one);
    // An entry is both of its words.
    const isEntry = field === "page table entry";
    const value = (control: Control, at: number): bigint =>
      isEntry ? control.view.u64(at & ~7) : BigInt(control.view.u32(at));
    const here = names.value(isEntry ? one & ~7 : one, value(this.#one, one));
    const there = new Names(this.#other).value(isEntry ? other & ~7 : other, value(this.#other, other));
    const place = names.wordText(isEntry ? one & ~7 : one);
    const text = `${place.startsWith("0x") ? field : place} is ${here}, in the engine as it is ${there === here ? "another one" : there}`;
    this.#found = { field, text };
  }

  /** A table of objects in a fixed place. */
  #tables(base: string, count: number, struct: string): void {
    const [one, other] = [this.#one.get(base), this.#other.get(base)];
    for (let at = 0; at < count; at++) this.#pointers(`Ctl.${base}`, struct, one + 4 * at, other + 4 * at);
  }

  /** The only object of its kind. */
  #alone(constant: string, struct: string): void {
    const at = this.#layout.find(constant);
    if (at !== undefined) this.#object(struct, at, at);
  }

  /** An address space's page tables, and its place on the list of those that asked for merging. */
  #space(one: number, other: number): void {
    const mm = this.#layout.struct("Mm");
    const [pgd, entered] = [mm.offset("pgd"), mm.offset("ksmEntered")];
    const levels = this.#layout.constant("TABLE_LEVELS");
    this.#table(this.#one.view.u32(one + pgd), this.#other.view.u32(other + pgd), levels - 1);
    if (this.#one.view.u32(one + entered) === 0) return;
    for (const field of ["ksmNext", "ksmPrev"])
      this.#pointers(`Mm.${field}`, "Mm", one + mm.offset(field), other + mm.offset(field));
  }

  #table(one: number, other: number, level: number): void {
    const { view: mine } = this.#one;
    const { view: theirs } = this.#other;
    const entries = this.#layout.constant("PTRS_PER_TABLE");
    const size = this.#layout.constant("PAGE_SIZE");
    const present = this.#layout.constant("PTE_PRESENT");
    const migration = this.#layout.constant("PTE_MIGRATION");
    for (let at = 0; at < 8 * entries && this.#found === undefined; at += 8) {
      const [low, lowOther] = [mine.u32(one + at), theirs.u32(other + at)];
      if (low === 0 && lowOther === 0) continue;
      if (level > 0) {
        if ((low & present) !== (lowOther & present)) this.#differ("page table", one + at, other + at);
        else this.#table((low & -size) >>> 0, (lowOther & -size) >>> 0, level - 1);
      } else if (low !== lowOther) this.#differ("page table entry", one + at, other + at);
      else if ((low & (present | migration)) !== 0)
        this.#pointers("page table entry", "Page", one + at + 4, other + at + 4);
      else this.#word("page table entry", one + at + 4, other + at + 4);
    }
  }

  /** What a frame belongs to, and what it holds. */
  #page(one: number, other: number): void {
    const page = this.#layout.struct("Page");
    const mapping = page.offset("mapping");
    const [mine, theirs] = [this.#one.view.u32(one + mapping), this.#other.view.u32(other + mapping)];
    const mask = this.#layout.constant("MAPPING_TAG");
    const tag = mine & mask;
    if (tag !== (theirs & mask)) this.#differ("Page.mapping", one + mapping, other + mapping);
    const flags = this.#one.view.u32(one + page.offset("flags"));
    const priv = page.offset("priv");
    if (tag === 0 || (flags & this.#layout.constant("PG_SWAPCACHE")) !== 0)
      this.#word("Page.priv", one + priv, other + priv);
    const owner = OWNERS[tag];
    // Without a mapping the anon_vma of a page in the swap cache may be gone.
    if (owner !== undefined && (tag !== 1 || this.#one.view.u32(one + page.offset("mapcount")) !== 0))
      this.#pair(
        "Page.mapping",
        owner,
        one + mapping,
        other + mapping,
        (mine - tag) >>> 0,
        (theirs - tag) >>> 0,
      );
    if ((flags & this.#layout.constant("PG_UPTODATE")) === 0) return;
    const place = (control: Control, at: number): number => (at - control.get("pageBase")) / page.size;
    const base = (control: Control) => control.get("contentBase");
    this.#content("content", base, place(this.#one, one), place(this.#other, other));
  }

  /** What frames, slots or blocks hold: the first word of each, by its number. Of some machines they hold nothing. */
  #content(field: string, base: (control: Control) => number, one: number, other: number): void {
    const content = this.#one.get("content");
    if (content === this.#layout.constant("CONTENT_NONE")) return;
    const size = content === this.#layout.constant("CONTENT_FULL") ? this.#layout.constant("PAGE_SIZE") : 8;
    this.#word(field, base(this.#one) + size * one, base(this.#other) + size * other);
  }

  /** The slots of a file's tree: nodes above, and pages or blocks below. */
  #radix(one: number, other: number): void {
    const { size } = this.#layout.struct("RadixNode");
    const isLow = this.#one.view.u32(one + this.#layout.struct("RadixNode").offset("level")) === 0;
    for (let at = 0; at < 4 * RADIX_SLOTS; at += 4) {
      const [mine, theirs] = [one + size + at, other + size + at];
      const item = this.#one.view.u32(mine);
      if ((item & 1) !== 0) this.#word("RadixNode slot", mine, theirs);
      else this.#pointers("RadixNode slot", isLow ? "Page" : "RadixNode", mine, theirs);
    }
  }

  /** What the scanner remembers holds only in some states. */
  #item(one: number, other: number): void {
    const item = this.#layout.struct("KsmItem");
    const at = (field: string): [number, number] => [one + item.offset(field), other + item.offset(field)];
    if (this.#one.view.u32(one + item.offset("seen")) !== 0)
      this.#word("KsmItem.checksum", ...at("checksum"));
    if (this.#one.view.u32(one + item.offset("state")) !== KSM_MERGED) return;
    this.#pointers("KsmItem.node", "KsmNode", ...at("node"));
    for (const field of ["nodeNext", "nodePrev"]) this.#pointers(`KsmItem.${field}`, "KsmItem", ...at(field));
  }

  /** A node leads to its page as long as that is its page: behind a freed one stands another page, or none. */
  #node(one: number, other: number): void {
    const page = this.#layout.struct("KsmNode").offset("page");
    const mapping = this.#layout.struct("Page").offset("mapping");
    const tag = this.#layout.constant("MAPPING_KSM");
    const isIts = (control: Control, at: number): boolean =>
      control.view.u32(control.view.u32(at + page) + mapping) === (at | tag) >>> 0;
    if (isIts(this.#one, one) || isIts(this.#other, other))
      this.#pointers("KsmNode.page", "Page", one + page, other + page);
  }

  /** The tree of merged pages, in its order, those that wait to be dropped, and what else the scanner keeps. */
  #merged(): void {
    const at = this.#layout.find("KSM");
    if (at === undefined) return;
    const ctl = this.#layout.struct("KsmCtl");
    const node = this.#layout.struct("KsmNode");
    const trees = (root: string, struct: Struct) =>
      [this.#one, this.#other].map((control) =>
        treeOf(control.view, control.view.u32(at + ctl.offset(root)), struct),
      ) as [number[], number[]];
    const pair = (root: string, struct: string, [mine, theirs]: [number[], number[]]): void => {
      for (let place = 0; place < Math.max(mine.length, theirs.length); place++)
        this.#pair(`KsmCtl.${root}`, struct, at, at, mine[place] ?? 0, theirs[place] ?? 0);
    };
    const stable = trees("stable", node);
    const [mine] = stable;
    pair("stable", "KsmNode", stable);
    pair("unstable", "KsmItem", trees("unstable", this.#layout.struct("KsmItem")));
    let [one, other] = [at + ctl.offset("stale"), at + ctl.offset("stale")];
    for (let left = mine.length; left >= 0 && this.#one.view.u32(one) !== 0; left--) {
      this.#pointers("KsmCtl.stale", "KsmNode", one, other);
      one = this.#one.view.u32(one) + node.offset("staleNext");
      other = this.#other.view.u32(other) + node.offset("staleNext");
      if (this.#found !== undefined) return;
    }
    this.#pointers("KsmCtl.stale", "KsmNode", one, other);
    this.#object("KsmCtl", at, at);
    this.#follow();
  }

  /** Which blocks are free, and what the others hold. */
  #blocks(): void {
    const at = this.#layout.find("BLOCKS");
    if (at === undefined) return;
    const blocks = this.#layout.struct("Blocks");
    const { view } = this.#one;
    const [next, content] = [at + blocks.offset("nextBase"), at + blocks.offset("contentBase")];
    this.#object("Blocks", at, at);
    const free = new Set<number>();
    const count = view.u32(at + blocks.offset("blocks"));
    let first = view.u32(at + blocks.offset("firstFree"));
    while (first !== 0 && free.size <= count && this.#found === undefined) {
      const word = 4 * (first - 1);
      this.#word("free block", view.u32(next) + word, this.#other.view.u32(next) + word);
      free.add(first - 1);
      first = view.u32(view.u32(next) + word);
    }
    for (let block = 0; block < count && this.#found === undefined; block++)
      if (!free.has(block))
        this.#content("block's content", (control) => control.view.u32(content), block, block);
  }

  /** The pages of each LRU list, in their order. */
  #lists(): void {
    const lruvec = this.#layout.struct("Lruvec");
    const lists = lruvec.fieldsWith("head").length;
    const [next, prev] = ["next", "prev"].map((field) => this.#layout.struct("Page").offset(field)) as [
      number,
      number,
    ];
    for (let cpu = 0; cpu <= this.#one.cpus; cpu++)
      for (let list = 0; list < lists; list++) {
        const one = this.#one.get("lruvecBase") + cpu * lruvec.size;
        const other = this.#other.get("lruvecBase") + cpu * lruvec.size;
        const [count, head] = [lruvec.offset(`count${list}`), lruvec.offset(`head${list}`)];
        if (!this.#word(`Lruvec.count${list}`, one + count, other + count)) return;
        let [mine, theirs] = [one + head, other + head];
        for (let left = this.#one.view.u32(one + count); left > 0 && this.#found === undefined; left--) {
          this.#pointers(`Lruvec.head${list}`, "Page", mine, theirs);
          const [page, twin] = [this.#one.view.u32(mine), this.#other.view.u32(theirs)];
          this.#pointers("Page.prev", "Page", page + prev, twin + prev);
          [mine, theirs] = [page + next, twin + next];
        }
        const tail = lruvec.offset(`tail${list}`);
        this.#pointers(`Lruvec.tail${list}`, "Page", one + tail, other + tail);
      }
    this.#follow();
  }

  /** Who uses each slot of swap, and which page caches it. */
  #swap(): void {
    const at = this.#layout.find("SWAP");
    if (at === undefined) return;
    const swap = this.#layout.struct("Swap");
    const [one, other] = [this.#one.view, this.#other.view];
    const base = (field: string) =>
      [one.u32(at + swap.offset(field)), other.u32(at + swap.offset(field))] as const;
    const [map, mapOther] = base("mapBase");
    const [cache, cacheOther] = base("cacheBase");
    const content = at + swap.offset("contentBase");
    for (let slot = 0; slot < one.u32(at + swap.offset("slots")); slot++) {
      const word = 4 * slot;
      this.#word("swap slot", map + word, mapOther + word);
      if (one.u32(map + word) >>> 31 === 1) continue;
      this.#pointers("swap slot's cache", "Page", cache + word, cacheOther + word);
      this.#content("swap slot's content", (control) => control.view.u32(content), slot, slot);
    }
    this.#object("Swap", at, at);
    this.#follow();
  }

  /** The pins of ranges. */
  #pins(): void {
    const { size } = this.#layout.struct("PinSlot");
    const [one, other] = [this.#one.get("pinBase"), this.#other.get("pinBase")];
    for (let at = 0; at < size * this.#layout.constant("PIN_SLOTS"); at += size) {
      const page = this.#one.view.u32(one + at);
      this.#pointers("PinSlot.page", "Page", one + at, other + at);
      if (page !== 0) this.#object("PinSlot", one + at, other + at);
    }
    this.#follow();
  }
}

/** The objects of a tree, in its order. */
function treeOf(view: MemoryView, root: number, struct: Struct): number[] {
  const node = struct.offset("rbParent");
  const [left, right] = [struct.offset("rbLeft") - node, struct.offset("rbRight") - node];
  const nodes: number[] = [];
  const visit = (at: number, depth: number): void => {
    // A tree that is broken ends somewhere.
    if (at === 0 || depth === 0) return;
    visit(view.u32(at + left), depth - 1);
    nodes.push(at - node);
    visit(view.u32(at + right), depth - 1);
  };
  visit(root, MOST_DEPTH);
  return nodes;
}
