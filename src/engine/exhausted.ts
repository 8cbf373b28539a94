/** The message for an operation that found no memory: which pool was full, its size and use, and what to change. */
import type { Machine } from "../cpu/boot.js";
import { named, RmapError } from "../errors.js";
import type { Refused } from "../record/record.js";
import { bytes, count, sizeOption } from "../text/numbers.js";
import { MAX_BYTES, MAX_METADATA, MAX_STORE, MAX_SWAP } from "../wasm/memory.js";

/** Pages of a pool, and how many of them were in use. */
interface Use {
  readonly pages: number;
  readonly used: number;
}

/** The pools and their use at the moment when the operation was refused. */
export interface Room {
  readonly refused: Refused;
  readonly frames: Use;
  readonly swap: Use;
  /** The store behind files and shared memory. */
  readonly store: Use;
  /** Pages for page tables and objects together. */
  readonly arena: Use & { readonly tables: number; readonly objects: number };
  /** The largest value of each option in bytes, with the others unchanged. */
  readonly most: Readonly<Record<Option, number>>;
}

type Option = "memory" | "swap" | "store" | "metadata";

/** The smallest suggested size in bytes. */
const USUAL: Readonly<Record<Option, number>> = {
  memory: 64 * 1024,
  swap: 512 * 2 ** 20,
  store: 512 * 2 ** 20,
  metadata: 64 * 2 ** 20,
};
const MIB = 2 ** 20;

/** How an option is written, without a size or with one. */
type Spelling = (option: Option, size?: number) => string;

/** On the command line: `--swap 64M`. */
const asArgument: Spelling = (option, size) =>
  size === undefined ? `--${option}` : `--${option} ${sizeOption(size)}`;

/** In a program: `swap: 64 * 2 ** 20`. */
const asProperty: Spelling = (option, size) =>
  size === undefined ? option : `${option}: ${size % MIB === 0 ? `${size / MIB} * 2 ** 20` : size}`;

/**
 * From here on a run ends at the first operation that finds no memory: either at the first access only, or at any
 * operation. After that no operation looks for memory, so that the run ends soon and the use stays known.
 */
export function endWhenExhausted(machine: Machine, at: "access" | "any"): void {
  const { control, layout } = machine;
  const field = layout.constant("CTL") + layout.struct("Ctl").offset("endsAtRefusal");
  control.view.store(field, layout.constant(at === "access" ? "ENDS_AT_ACCESS" : "ENDS_AT_ANY"));
}

/**
 * The first refused record, by its CPU and its index there. Undefined when there is none, or when a refusal does not
 * end the run.
 */
export function refusedRecord(
  machine: Machine,
): { readonly cpu: number; readonly index: number } | undefined {
  const { control } = machine;
  if (control.get("refusal") === 0) return undefined;
  return { cpu: control.get("refusedCpu"), index: control.get("refusedIndex") };
}

/** Reads the use at the first refusal, on an engine that ends at a refusal. */
export function roomOf(machine: Machine): Room {
  const { control, layout } = machine;
  const pools: readonly Refused[] = ["frame", "table", "object"];
  return roomWith(machine, pools[control.get("refusal") - layout.constant("REFUSED_FRAME")] ?? "frame", {
    frames: control.get("refusedFrames"),
    swap: control.get("refusedSlots"),
    store: control.get("refusedBlocks"),
    arena: control.get("refusedArena"),
    tables: control.get("refusedTables"),
    objects: control.get("refusedSlabPages"),
  });
}

/** What to do after an operation was just refused, in terms of the library's options. */
export function adviceNow(machine: Machine, refused: Refused): string {
  const { control, layout, pageSize } = machine;
  const zone = (name: string) =>
    control.view.load(
      control.get("zoneBase") +
        layout.constant(name) * layout.struct("Zone").size +
        layout.struct("Zone").offset("free"),
    );
  const room = roomWith(machine, refused, {
    frames: zone("ZONE_FRAMES"),
    swap: part(machine, "SWAP", "Swap", "free"),
    store: part(machine, "BLOCKS", "Blocks", "free"),
    arena: zone("ZONE_ARENA"),
    tables: control.get("tables"),
    objects: control.get("slabPages"),
  });
  return refused === "frame"
    ? framesAdvice(room, pageSize, asProperty)
    : arenaAdvice(room, pageSize, asProperty);
}

/** A word of a structure that stands at a constant address. */
function part({ control, layout }: Machine, name: string, struct: string, field: string): number {
  return control.view.load(layout.constant(name) + layout.struct(struct).offset(field));
}

/** The free pages of each pool, and the arena's pages by use. */
type Free = Readonly<Record<"frames" | "swap" | "store" | "arena" | "tables" | "objects", number>>;

function roomWith(machine: Machine, refused: Refused, free: Free): Room {
  const { control, layout, pageSize } = machine;
  const use = (pages: number, free: number): Use => ({ pages, used: Math.max(0, pages - free) });
  const slots = part(machine, "SWAP", "Swap", "slots");
  const blocks = part(machine, "BLOCKS", "Blocks", "blocks");
  const frames = control.get("frames");
  const kpages = control.get("kpages");
  const content = { none: 0, word: 8, full: pageSize }[machine.content];
  const page = layout.struct("Page").size;
  const spare = MAX_BYTES - machine.view.bytes - MIB;
  // Rounds down to whole mebibytes. One more page takes this many bytes.
  const most = (pages: number, each: number, limit: number) =>
    Math.min(limit, Math.floor(((pages + Math.max(0, spare) / each) * pageSize) / MIB) * MIB);
  return {
    refused,
    frames: use(frames, free.frames),
    swap: use(slots, free.swap),
    store: use(blocks, free.store),
    arena: { ...use(kpages, free.arena), tables: free.tables, objects: free.objects },
    most: {
      // More frames may bring more room for page tables with them.
      memory: most(frames, page + content + 66, MAX_BYTES),
      swap: most(slots, 8 + content, MAX_SWAP),
      store: most(blocks, 4 + content, MAX_STORE),
      metadata: most(kpages, pageSize + layout.constant("ARENA_PAGE_STRIDE"), MAX_METADATA),
    },
  };
}

/** A size is too small for the work. Exit code 3. */
export class OutOfRoom extends RmapError {
  static {
    named(OutOfRoom, "OutOfRoom");
  }

  /** `where` names what failed (`line 5: write to …`). */
  constructor(where: string, room: Room, pageSize: number) {
    const text = room.refused === "frame" ? framesText(room, pageSize) : arenaText(room, pageSize);
    super(
      room.refused === "frame" ? "ENOFRAMES" : "ENOMETADATA",
      `${where}: ${text}`,
      room.refused === "frame"
        ? framesAdvice(room, pageSize, asArgument)
        : arenaAdvice(room, pageSize, asArgument),
      3,
    );
  }
}

function framesText({ frames, swap, store }: Room, pageSize: number): string {
  const of = ({ pages, used }: Use, noun: string) =>
    `${count(used)} of ${count(pages)} ${noun} (${bytes(pages * pageSize)})`;
  const others = [
    swap.pages > 0 ? of(swap, "swap slots") : "",
    store.pages > 0 ? of(store, "blocks of the store") : "",
  ].filter((text) => text !== "");
  const missing =
    swap.pages === 0 ? (store.pages === 0 ? "swap and no store" : "swap") : store.pages === 0 ? "store" : "";
  const used = [of(frames, "frames"), ...others].join(" and ");
  return `no frame is free and none can be freed; ${used} were in use${missing === "" ? "" : `, and there is no ${missing}`}`;
}

/** What is full, and what helps: always a larger size. */
function framesAdvice(room: Room, pageSize: number, spell: Spelling): string {
  const { swap, store } = room;
  const full = ({ pages, used }: Use) => used * 100 >= pages * 99;
  const said: string[] = [];
  const options: Option[] = [];
  if (full(swap)) {
    said.push(swap.pages === 0 ? "anonymous pages cannot leave memory without swap" : "swap is full");
    options.push("swap");
  }
  if (full(store)) {
    said.push(
      store.pages === 0
        ? "pages of files and of shared memory cannot leave memory without a store"
        : "the store behind files and shared memory is full",
    );
    options.push("store");
  }
  if (options.length === 0) said.push("swap and store have room, so all frames are needed at once");
  return advice(said.join(", "), [...options, "memory"], room, pageSize, spell);
}

function arenaText({ refused, arena }: Room, pageSize: number): string {
  const what = refused === "table" ? "page tables" : "objects (mappings, anon_vmas, links, …)";
  return (
    `no page is left for ${what}: of ${count(arena.pages)} pages (${bytes(arena.pages * pageSize)}) for page tables and ` +
    `objects, ${count(arena.tables)} were page tables and ${count(arena.objects)} held objects`
  );
}

function arenaAdvice(room: Room, pageSize: number, spell: Spelling): string {
  return advice("frames and swap do not help", ["metadata"], room, pageSize, spell);
}

/** Whole mebibytes, when there is at least one. */
function round(size: number): number {
  return size < MIB ? size : Math.floor(size / MIB) * MIB;
}

function advice(
  reason: string,
  options: readonly Option[],
  room: Room,
  pageSize: number,
  spell: Spelling,
): string {
  const given: Readonly<Record<Option, number>> = {
    memory: room.frames.pages * pageSize,
    swap: room.swap.pages * pageSize,
    store: room.store.pages * pageSize,
    metadata: room.arena.pages * pageSize,
  };
  const tries = options.flatMap((option) => {
    const factor = option === "memory" || option === "swap" ? 2 : 4;
    const size = Math.min(room.most[option], Math.max(USUAL[option], round(factor * given[option])));
    return size > given[option] ? [spell(option, size)] : [];
  });
  const names = (list: readonly Option[], between: string) =>
    list.map((option) => spell(option)).join(between);
  if (tries.length > 0) return `${reason}: try ${tries.join(", or ")}`;
  const others = (["memory", "swap", "store", "metadata"] as const).filter(
    (option) => !options.includes(option),
  );
  return (
    `the engine addresses at most 4 GiB, and has no room for more ${names(options, " and ")}; ` +
    `less ${names(others, ", ")} leaves more room for it`
  );
}
