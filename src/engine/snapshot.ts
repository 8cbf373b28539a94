/**
 * A snapshot: a machine at rest, in one piece of bytes.
 *
 *   8 bytes   "rmapsnap"
 *   u32       version of this form
 *   u32       bytes of the header
 *   u32       number of blocks
 *   u32       checksum of all that follows
 *   header    JSON, filled up with spaces to a multiple of 4
 *   u32 …     numbers of the blocks of memory that are not all zero, ascending
 *   blocks    4096 bytes each
 *
 * Numbers have their low byte first, everywhere.
 */
import type { Image, Machine } from "../cpu/boot.js";
import { named, RmapError, UsageError } from "../errors.js";
import { show } from "../text/arguments.js";
import { type Built, builtOf } from "../wasm/built.js";
import { crc32, hex32 } from "../wasm/crc.js";
import { LAYOUT_SECTION } from "../wasm/layout.js";
import { headerOf, type SavedHandles, type SnapshotHeader } from "./snapshot-header.js";

/** A snapshot that this package or this engine does not take. The message names both sides. Exit code 5. */
export class SnapshotError extends RmapError {
  static {
    named(SnapshotError, "SnapshotError");
  }

  constructor(message: string, hint = "") {
    super("ESNAPSHOT", message, hint, 5);
  }
}

const MAGIC = "rmapsnap";
const VERSION = 1;
const FIXED = 24;
const BLOCK = 4096;

/** A machine at rest with its handles as a snapshot. Throws SnapshotError for a module that does not say what it is. */
export function writeSnapshot(machine: Machine, handles: SavedHandles): Uint8Array<ArrayBuffer> {
  const bytes = machine.scratch.offset;
  const built = builtOf(machine.module);
  if (built === undefined) throw unnamed();
  const { version, target, overlays, code } = built;
  const layout = layoutSum(machine.module);
  const { size } = machine;
  const header: SnapshotHeader = { version, target, overlays, code, layout, bytes, size, ...handles };
  const words = new BigUint64Array(machine.memory.buffer, 0, bytes / 8);
  const numbers: number[] = [];
  for (let block = 0; block * BLOCK < bytes; block++) {
    if (!isZero(words, (block * BLOCK) / 8)) numbers.push(block);
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = FIXED + Math.ceil(text.length / 4) * 4;
  const image = new Uint8Array(start + numbers.length * (4 + BLOCK));
  const view = new DataView(image.buffer);
  image.set(new TextEncoder().encode(MAGIC));
  image.fill(0x20, FIXED, start);
  image.set(text, FIXED);
  const memory = new Uint8Array(machine.memory.buffer);
  for (const [i, block] of numbers.entries()) {
    view.setUint32(start + 4 * i, block, true);
    const from = memory.subarray(block * BLOCK, (block + 1) * BLOCK);
    image.set(from, start + 4 * numbers.length + i * BLOCK);
  }
  for (const [i, value] of [VERSION, text.length, numbers.length, crc32(image.subarray(FIXED))].entries()) {
    view.setUint32(8 + 4 * i, value, true);
  }
  return image;
}

/** A snapshot whose bytes are intact. `boot` brings its machine back. */
export interface Snapshot extends Image {
  readonly header: SnapshotHeader;
}

/** Reads a snapshot. Throws SnapshotError for bytes that are none, or not all of it, or changed, or of another version. */
export function readSnapshot(given: unknown): Snapshot {
  const image = bytesOf(given);
  const found = new TextDecoder().decode(image.slice(0, MAGIC.length));
  if (found !== MAGIC) {
    throw new SnapshotError(
      `these bytes are no snapshot: they begin with ${show(found)}, and a snapshot begins with "${MAGIC}"`,
      "pass what engine.save() returned",
    );
  }
  if (image.length < FIXED) throw truncated(image.length, FIXED);
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const [version, textBytes, blocks, sum] = [8, 12, 16, 20].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  if (version !== VERSION) {
    throw new SnapshotError(
      `the snapshot has version ${version}, and this package reads version ${VERSION}`,
      "load it with the package that saved it",
    );
  }
  const start = FIXED + Math.ceil(textBytes / 4) * 4;
  const whole = start + blocks * (4 + BLOCK);
  if (image.length !== whole) throw truncated(image.length, whole);
  const now = crc32(image.subarray(FIXED));
  if (now !== sum) {
    throw new SnapshotError(
      `the snapshot has changed since it was saved: its checksum is ${hex32(now)}, and its head says ${hex32(sum)}`,
    );
  }
  const header = headerOf(new TextDecoder().decode(image.slice(FIXED, FIXED + textBytes)));
  if (header === undefined) throw new SnapshotError("the header of the snapshot makes no sense");
  return {
    header,
    check: (module, bytes) => check(header, module, bytes),
    write: (memory) => {
      for (let i = 0; i < blocks; i++) {
        const from = start + 4 * blocks + i * BLOCK;
        memory.set(image.subarray(from, from + BLOCK), view.getUint32(start + 4 * i, true) * BLOCK);
      }
    },
  };
}

/** Throws SnapshotError unless a snapshot is of a module and a memory like these. */
function check(header: SnapshotHeader, module: WebAssembly.Module, bytes: number): void {
  const built = builtOf(module);
  if (built === undefined) throw unnamed();
  const differences: readonly [what: string, saved: unknown, here: unknown][] = [
    ["package version", header.version, built.version],
    ["build", header.target, built.target],
    ["overlays", overlaysOf(header), overlaysOf(built)],
    ["code", header.code, built.code],
    ["layout", header.layout, layoutSum(module)],
    ["bytes of memory", header.bytes, bytes],
  ];
  const lines = differences.filter(([, saved, here]) => saved !== here);
  if (lines.length === 0) return;
  const said = lines.map(([what, saved, here]) => `${what} ${String(saved)}, here ${String(here)}`);
  throw new SnapshotError(
    `the snapshot is of another engine: ${said.join("; ")}`,
    "load it with the engine that saved it: the same package, build (checked, overlays) and options",
  );
}

function overlaysOf({ overlays }: Built): string {
  return overlays.join(" + ") || "none";
}

function layoutSum(module: WebAssembly.Module): string {
  const [section] = WebAssembly.Module.customSections(module, LAYOUT_SECTION);
  return hex32(crc32(new Uint8Array(section ?? new ArrayBuffer(0))));
}

function unnamed(): SnapshotError {
  return new SnapshotError(
    "this engine module does not say what code it has, so nothing could tell whether a snapshot is of it",
    "compile it again with this package",
  );
}

function truncated(has: number, wants: number): SnapshotError {
  return new SnapshotError(
    `the snapshot has ${has} bytes, and its head says ${wants}`,
    has < wants ? "the rest is missing" : "",
  );
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new UsageError(
    `Engine.load: the snapshot must be a Uint8Array or an ArrayBuffer, not ${show(value)}`,
  );
}

function isZero(words: BigUint64Array, from: number): boolean {
  for (let i = from; i < from + BLOCK / 8; i++) if (words[i] !== 0n) return false;
  return true;
}
