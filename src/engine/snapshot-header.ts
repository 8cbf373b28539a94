/** The header of a snapshot, and its reader. The checksum is right by then, but somebody else may have written it. */
import type { MachineSize } from "../cpu/machine-size.js";
import type { Built } from "../wasm/built.js";

/** The handles of a saved engine. */
export interface SavedHandles {
  /** Slots of address spaces. */
  readonly spaces: readonly number[];
  readonly files: readonly { readonly slot: number; readonly pages: number }[];
  readonly pins: readonly {
    readonly slot: number;
    readonly address: number;
    readonly access: "read" | "write";
    readonly page: number;
  }[];
}

/** What the header says. */
export interface SnapshotHeader extends Built, SavedHandles {
  /** A checksum of the engine's layout. */
  readonly layout: string;
  /** Bytes of memory. */
  readonly bytes: number;
  readonly size: Readonly<Required<MachineSize>>;
}

/** A value of which nothing is known. */
type Unknown = Readonly<Record<string, unknown>>;

/** The header, or undefined when it makes no sense. The sizes are those of options: booting checks them. */
export function headerOf(text: string): SnapshotHeader | undefined {
  const header = parse(text);
  if (!isObject(header) || !isObject(header["size"])) return undefined;
  const { version, target, overlays, code, layout, bytes, size, spaces, files, pins } = header;
  const texts = [version, target, code, layout];
  if (!texts.every((one) => typeof one === "string") || !isCount(bytes, 2 ** 32)) return undefined;
  if (!isArray(overlays) || !overlays.every((one) => typeof one === "string")) return undefined;
  const mostSpaces = count(size["spaces"]);
  const mostFiles = count(size["files"]);
  const right =
    isArray(spaces) &&
    areSlots(spaces, 0, mostSpaces) &&
    isArray(files) &&
    files.every((file) => isObject(file) && isCount(file["pages"])) &&
    areSlots(
      files.map((file) => (file as Unknown)["slot"]),
      1,
      mostFiles,
    ) &&
    isArray(pins) &&
    pins.every((pin) => isPin(pin, mostSpaces, bytes as number));
  return right ? (header as unknown as SnapshotHeader) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPin(pin: unknown, spaces: number, bytes: number): boolean {
  if (!isObject(pin)) return false;
  const { slot, address, access, page } = pin;
  if (access !== "read" && access !== "write") return false;
  return isCount(slot, spaces) && isCount(address) && isCount(page, bytes);
}

/** Slots of a table, each once. */
function areSlots(slots: readonly unknown[], low: number, end: number): boolean {
  return (
    slots.every((slot) => isCount(slot, end) && (slot as number) >= low) &&
    new Set(slots).size === slots.length
  );
}

function isObject(value: unknown): value is Unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) ? (value as number) : 0;
}

/** A whole number from 0 up to `end`, without it. */
function isCount(value: unknown, end = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < end;
}
