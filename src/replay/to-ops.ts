/**
 * Writes a trace's operations as an `.ops` script, so that you can read them and reuse parts. Pages are numbered from
 * address 0. The window of `rmap run` is small, so you must renumber a part before you run it.
 *
 * A script has one file, so all files of a trace are in that one, one after the other. A stack is mapped at its full
 * length, and brk becomes mmap and munmap. Process 0 stays empty: it forks the processes that exec makes.
 */

import * as Code from "../record/codes.js";
import { type OpCodes, ownOpCodes } from "../record/codes.js";
import { mmapFile, mmapFlags, mmapPage, mmapProtection, mremapFlags, mremapPages } from "../record/pack.js";
import { readTrace, type TraceSource } from "../trace/index.js";
import { FileMaps } from "./file-maps.js";
import { NO_SAMPLES, type OpSink } from "./machine.js";
import { Program } from "./program.js";
import { tally } from "./tally.js";

/** The limit of a stack in pages: 8 MiB, as usual in Linux. */
const STACK_PAGES = 2048;
const ADVICE: Readonly<Record<number, string>> = {
  4: "dontneed",
  10: "dontfork",
  11: "dofork",
  12: "mergeable",
  13: "unmergeable",
  18: "wipeonfork",
  19: "keeponfork",
  20: "cold",
  21: "pageout",
};

const NO_ROOM = "mremap that lets a file grow into the next one";

/** Figures of the written script. */
export interface OpsFigures {
  readonly operations: number;
  readonly processes: number;
  /** Pages of the one file that the script maps. */
  readonly filePages: number;
  /** Operations that the script language does not have, by name. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** One process of the script. */
interface Process {
  readonly number: number;
  /** Recorded CPU of its operations from here on; -1 before the first. */
  cpu: number;
  heapStart: number;
  heapEnd: number;
  /** Its file mappings. */
  maps: FileMaps;
}

/** A part of the script's file, in pages: its first page, and the page after its last. */
interface Room {
  readonly start: number;
  end: number;
}

/**
 * Reads `source` and passes the script to `write` in pieces, in order. `cpus` reduces the recorded CPU numbers, as a
 * replay on that many CPUs does (default: unchanged). Throws InputError for input that is not a trace, or not a whole one.
 */
export async function traceToOps(
  source: TraceSource,
  write: (text: string) => void | Promise<void>,
  cpus = 64,
): Promise<OpsFigures> {
  const writer = new OpsWriter(source.name, cpus);
  const codes = writer.codes;
  const program = new Program({ codes, spaces: 65536, files: 65536 }, writer, NO_SAMPLES);
  const flush = () => write(writer.take());
  const { lines } = await readTrace(source, program, {
    between: () => (writer.full ? flush() : undefined),
  });
  while (!program.finish()) await flush();
  program.checkWhole(source.name, lines, 0);
  writer.close();
  await flush();
  const { skipped } = program.figures();
  return { ...writer.figures(), skipped: tally(new Map([...skipped, ...writer.skipped])).shown };
}

/** The sink that writes text. */
class OpsWriter implements OpSink {
  readonly #cpus: number;
  readonly codes: OpCodes = ownOpCodes();
  readonly skipped = new Map<string, number>();
  full = false;

  #text: string[] = [];
  #operations = 0;
  #processes = 0;
  readonly #bySlot = new Map<number, Process>();
  /** By file slot: its place in the script's file. */
  readonly #places = new Map<number, Room>();
  /** The rooms of all files, ascending. */
  readonly #rooms: Room[] = [];
  #filePages = 0;

  constructor(name: string, cpus: number) {
    this.#cpus = cpus;
    this.#text.push(
      `# ${name.replaceAll("\n", " ")}: memory operations of a recorded program`,
      "# Pages are numbered from address 0. All files of the recording are in one file, one after the other;",
      "# the last line has the number of its pages. Process 0 is empty and forks the others.",
    );
  }

  figures(): Pick<OpsFigures, "operations" | "processes" | "filePages"> {
    return { operations: this.#operations, processes: this.#processes, filePages: this.#filePages };
  }

  /** Returns the text so far and clears it. */
  take(): string {
    const text = this.#text.length > 0 ? `${this.#text.join("\n")}\n` : "";
    this.#text = [];
    this.full = false;
    return text;
  }

  close(): void {
    this.#text.push(`# file pages: ${this.#filePages}`);
  }

  push(
    op: number,
    _flags: number,
    space: number,
    aux: number,
    a: number,
    b: number,
    c: number,
    cpu: number,
  ): void {
    const { codes } = this;
    switch (op) {
      case codes.OP_SPAWN:
        this.#line(`0 fork ${this.#add(space).number}`);
        return;
      case codes.OP_FILE:
        // A file gets its place in the script's file with its first mapping.
        return;
    }
    const process = this.#bySlot.get(space);
    if (process === undefined) return;
    if (process.cpu !== cpu % this.#cpus) {
      process.cpu = cpu % this.#cpus;
      this.#line(`cpu ${process.number} ${process.cpu}`, false);
    }
    const text = this.#say(process, op, space, aux, a, b, c);
    if (text !== "") this.#line(text);
  }

  /** One operation of a process as script text; "" when it needs none. */
  #say(process: Process, op: number, space: number, aux: number, a: number, b: number, c: number): string {
    const { codes } = this;
    const p = process.number;
    const first = Math.floor(a / Code.PAGE_BYTES);
    const pages = b / Code.PAGE_BYTES;
    switch (op) {
      case codes.OP_WRITE:
        return `${p} write ${first} ${b}`;
      case codes.OP_READ:
        return `${p} read ${first}`;
      case codes.OP_TOUCH:
        return `${p} touch ${first} ${b} ${aux !== 0 ? "w" : "r"}`;
      case codes.OP_MMAP:
        return this.#mmap(process, first, pages, aux, c);
      case codes.OP_MUNMAP:
        process.maps.unmap(first, pages);
        return `${p} munmap ${first} ${pages}`;
      case codes.OP_MLOCK:
        return `${p} mlock ${first} ${pages}`;
      case codes.OP_MUNLOCK:
        return `${p} munlock ${first} ${pages}`;
      case codes.OP_MPROTECT:
        return `${p} mprotect ${first} ${pages} ${protection(aux)}`;
      case codes.OP_MREMAP:
        return this.#mremap(process, first, pages, aux, c);
      case codes.OP_MADVISE:
        return `${p} madvise ${first} ${pages} ${ADVICE[aux]}`;
      case codes.OP_BRK:
        return this.#brk(process, first, aux === 1);
      case codes.OP_FORK: {
        const child = this.#add(aux);
        child.heapStart = process.heapStart;
        child.heapEnd = process.heapEnd;
        child.maps = process.maps.copy();
        return `${p} fork ${child.number}`;
      }
      case codes.OP_EXEC:
        this.#line(`${p} exit`);
        return `0 fork ${this.#add(space).number}`;
      case codes.OP_EXIT:
        this.#bySlot.delete(space);
        return `${p} exit`;
      default:
        return "";
    }
  }

  #add(space: number): Process {
    const process = { number: ++this.#processes, cpu: -1, heapStart: 0, heapEnd: 0, maps: new FileMaps() };
    this.#bySlot.set(space, process);
    return process;
  }

  #mmap({ number: p, maps }: Process, first: number, pages: number, aux: number, where: number): string {
    maps.unmap(first, pages);
    const flags = mmapFlags(this.codes, aux);
    const sharing = (flags & Code.MAP_SHARED) !== 0 ? "shared" : "private";
    const prot = protection(mmapProtection(this.codes, aux));
    if ((flags & Code.MAP_ANONYMOUS) !== 0) {
      const below = (flags & Code.MAP_GROWSDOWN) !== 0 ? Math.max(0, STACK_PAGES - pages) : 0;
      return `${p} mmap ${first - below} ${pages + below} ${prot} ${sharing} anon`;
    }
    const file = mmapFile(this.codes, where);
    const index = mmapPage(this.codes, where);
    const offset = this.#place(file, index + pages) + index;
    maps.map(first, pages, offset);
    return `${p} mmap ${first} ${pages} ${prot} ${sharing} file ${offset}`;
  }

  #mremap({ number: p, maps }: Process, first: number, pages: number, aux: number, target: number): string {
    const flags = mremapFlags(this.codes, aux);
    const length = mremapPages(this.codes, aux);
    const offset = maps.find(first);
    if (offset !== undefined && length > pages && !this.#reaches(offset, offset + length))
      return this.#skip(NO_ROOM);
    const moved = (flags & Code.MREMAP_FIXED) !== 0;
    const keep = (flags & Code.MREMAP_DONTUNMAP) !== 0;
    const to = moved ? Math.floor(target / Code.PAGE_BYTES) : first;
    maps.remap(first, pages, length, to, keep);
    return `${p} mremap ${first} ${pages} ${length}${moved ? ` ${to}` : ""}${keep ? " keep" : ""}`;
  }

  #skip(what: string): string {
    this.skipped.set(what, (this.skipped.get(what) ?? 0) + 1);
    return "";
  }

  #brk(process: Process, page: number, start: boolean): string {
    if (start || process.heapStart === 0) {
      process.heapStart = process.heapEnd = page;
      return "";
    }
    const { number: p, heapEnd } = process;
    process.heapEnd = page;
    if (page > heapEnd) return `${p} mmap ${heapEnd} ${page - heapEnd} rw private anon`;
    return page < heapEnd ? `${p} munmap ${page} ${heapEnd - page}` : "";
  }

  /**
   * The beginning of a file in the script's file. It has room there for `pages`, and to grow. A file that outgrows
   * its room moves behind the others.
   */
  #place(slot: number, pages: number): number {
    const room = this.#places.get(slot);
    if (room !== undefined && this.#reaches(room.start, room.start + pages)) return room.start;
    const fresh = { start: this.#filePages, end: this.#filePages + 2 ** Math.ceil(Math.log2(pages * 2)) };
    this.#places.set(slot, fresh);
    this.#rooms.push(fresh);
    this.#filePages = fresh.end;
    return fresh.start;
  }

  /** True when the room at `offset` of the script's file reaches up to `end`. The last room grows if necessary. */
  #reaches(offset: number, end: number): boolean {
    const room = this.#rooms.findLast(({ start }) => start <= offset);
    if (room === undefined) return false;
    if (room.end < end && room === this.#rooms.at(-1)) room.end = this.#filePages = end;
    return room.end >= end;
  }

  #line(text: string, operation = true): void {
    if (operation) this.#operations++;
    this.#text.push(text);
    if (this.#text.length >= 4096) this.full = true;
  }
}

function protection(prot: number): string {
  if (prot === 0) return "none";
  return (prot & Code.PROT_WRITE) !== 0 ? "rw" : "r";
}
