/** What of each structure makes the state of a machine. Locks, trees and what is kept at hand do not. */

import type { Layout } from "../wasm/layout.js";

/** What to look at in one structure. */
export interface Look {
  readonly words: readonly { readonly name: string; readonly offset: number; readonly wide: boolean }[];
  readonly pointers: readonly { readonly name: string; readonly offset: number; readonly to: string }[];
}

/** By structure: its words, and with what its pointers point to. */
const FIELDS: Readonly<
  Record<string, readonly [words: string, pointers?: Readonly<Record<string, string>>]>
> = {
  Mm: [
    // The sequence count says how often a writer had the mmap lock.
    "lockSeq mapCount slot id startBrk brk tables ksmEntered tlbCpus0 tlbPending tlbFlushed tracked",
    { first: "Vma", ksmItems: "KsmItem" },
  ],
  Vma: [
    // lockSeq: when a writer took the mapping's own lock last. A lock that is not taken shows here.
    "start end pgoff flags refcnt lockSeq",
    {
      ...{ mm: "Mm", next: "Vma", prev: "Vma", file: "AddressSpace" },
      ...{ anonVma: "AnonVma", avcFirst: "AnonVmaChain", avcLast: "AnonVmaChain" },
    },
  ],
  AnonVmaChain: ["", { vma: "Vma", anonVma: "AnonVma", next: "AnonVmaChain", prev: "AnonVmaChain" }],
  AnonVma: ["refcount numChildren numActiveVmas", { root: "AnonVma", parent: "AnonVma" }],
  Page: ["flags refcount mapcount index"],
  AddressSpace: ["refcount slot pages cached shmem", { radixRoot: "RadixNode" }],
  RadixNode: ["slot count level", { parent: "RadixNode" }],
  KsmItem: ["address state seen", { mm: "Mm", next: "KsmItem" }],
  KsmNode: ["count", { first: "KsmItem", roots: "KsmRoot" }],
  KsmRoot: ["index", { next: "KsmRoot", anonVma: "AnonVma" }],
  KsmCtl: ["address", { first: "Mm", last: "Mm" }],
  PinSlot: ["space address order"],
  Swap: ["free firstFree closing"],
  Blocks: ["free firstFree"],
  Ctl: [
    // With what the host tells of the refusal that ended a run.
    "kswapdWake tables tablesMost hopeless refusal refusedCpu refusedIndex refusedSlots refusedBlocks refusedTables " +
      "scanned freed supplied",
  ],
  Cpu: ["lruBatch lruMoves reclaims failAfter failed unmapped0 missing missingSpace", { pinned: "Page" }],
};
/** Counters of a CPU. It leaves out the number of checks, which depends on how often somebody checks. */
const COUNTERS = /^stat(?!Checks)/;

const known = new WeakMap<Layout, ReadonlyMap<string, Look>>();

/** By structure, where its fields lie. What a layout lacks is left out. */
export function looksOf(layout: Layout): ReadonlyMap<string, Look> {
  let looks = known.get(layout);
  if (looks === undefined) {
    looks = new Map(
      Object.keys(FIELDS).flatMap((name) => (layout.hasStruct(name) ? [[name, lookOf(layout, name)]] : [])),
    );
    known.set(layout, looks);
  }
  return looks;
}

/** Whether every field that makes the state lies at the same place in two layouts: only then they can be compared. */
export function isSameLayout(one: Layout, other: Layout): boolean {
  return placesIn(one) === placesIn(other);
}

const places = new WeakMap<Layout, string>();

/** All fields of these structures, with their places. */
function placesIn(layout: Layout): string {
  const found =
    places.get(layout) ??
    [...Object.keys(FIELDS), "Lruvec"]
      .filter((name) => layout.hasStruct(name))
      .map((name) => {
        const struct = layout.struct(name);
        const fields = struct
          .fieldsWith("")
          .map((field) => `${field} ${struct.offset(field)} ${struct.type(field)}`);
        return `${name} ${struct.size}: ${fields.join(", ")}`;
      })
      .join("\n");
  places.set(layout, found);
  return found;
}

function lookOf(layout: Layout, name: string): Look {
  const struct = layout.struct(name);
  const [words, pointers = {}] = FIELDS[name] ?? [""];
  const counters = name === "Cpu" ? struct.fieldsWith("stat").filter((field) => COUNTERS.test(field)) : [];
  const fields = [...words.split(" "), ...counters].filter((field) => field !== "" && struct.has(field));
  return {
    words: fields.map((field) => ({
      name: field,
      offset: struct.offset(field),
      wide: struct.type(field).endsWith("64"),
    })),
    pointers: Object.entries(pointers)
      .filter(([field]) => struct.has(field))
      .map(([field, to]) => ({ name: field, offset: struct.offset(field), to })),
  };
}
