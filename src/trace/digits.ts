/** Reads numbers from bytes, without strings. The cursor remembers its position. */

/** Value of each byte as a hexadecimal digit; -1 for other bytes. */
const HEX = new Int8Array(256).fill(-1);
for (let i = 0; i < 10; i++) HEX[48 + i] = i;
for (let i = 0; i < 6; i++) HEX[97 + i] = HEX[65 + i] = 10 + i;

const POWERS = [1, 16, 256, 4096, 65536, 1048576, 16777216];

/** The largest values of the fields that a trace has, by how the kernel counts them. */
export const U64 = 2 ** 64;
export const U32 = 2 ** 32 - 1;
export const I32 = 2 ** 31 - 1;

/**
 * A position in a line of bytes, with the readers of numbers that move it. A number above its limit does not count:
 * `digits` is 0, the cursor stays before it, and `limit` is the limit that it exceeds.
 */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  /** Next byte to read. */
  at = 0;
  /** First byte past the line. */
  end = 0;
  /** The number of digits of the last number; 0 when there was none, or when it was too large. */
  digits = 0;
  /** The limit of the last number that was too large; 0 before the first one. */
  limit = 0;

  /** Decimal digits from here, up to `limit`; exact up to 2^53. */
  decimal(limit: number): number {
    const bytes = this.bytes;
    const end = this.end;
    const start = this.at;
    let at = start;
    let value = 0;
    while (at < end) {
      const digit = (bytes[at] as number) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    if (value > limit) return this.#tooLarge(start, limit);
    this.digits = at - start;
    this.at = at;
    return value;
  }

  /** Decimal digits that end before `end`, up to `limit` and not before `first`. Then the cursor is before them. */
  decimalBefore(end: number, first: number, limit: number): number {
    const bytes = this.bytes;
    let at = end - 1;
    let value = 0;
    let scale = 1;
    while (at > first) {
      const digit = (bytes[at] as number) - 48;
      if (digit < 0 || digit > 9) break;
      // With many leading zeros, the factor would become infinity.
      if (digit > 0) value += digit * scale;
      scale *= 10;
      at--;
    }
    if (value > limit) return this.#tooLarge(at + 1, limit);
    this.digits = end - 1 - at;
    this.at = at + 1;
    return value;
  }

  /** Hexadecimal digits from here, without a 0x, up to `limit`; exact up to 2^53. Adds six digits at a time as small integers. */
  hex(limit = U64): number {
    const bytes = this.bytes;
    const end = this.end;
    const start = this.at;
    let at = start;
    let value = 0;
    for (;;) {
      let part = 0;
      let count = 0;
      while (count < 6 && at < end) {
        const digit = HEX[bytes[at] as number] as number;
        if (digit < 0) break;
        part = (part << 4) | digit;
        count++;
        at++;
      }
      value = value * (POWERS[count] as number) + part;
      if (count < 6) break;
    }
    // 2^64 - 1 is rounded up to 2^64: only the digits tell the two apart.
    if (value > limit || (value === U64 && bytes[at - 17] === 49)) return this.#tooLarge(start, limit);
    this.digits = at - start;
    this.at = at;
    return value;
  }

  #tooLarge(start: number, limit: number): number {
    this.digits = 0;
    this.at = start;
    this.limit = limit;
    return 0;
  }

  /** Moves past blanks. */
  blanks(): void {
    while (this.at < this.end && this.bytes[this.at] === 32) this.at++;
  }

  /** Moves past `text` and returns true when it stands here. */
  take(text: Uint8Array): boolean {
    const at = this.at;
    const length = text.length;
    if (at + length > this.end) return false;
    const bytes = this.bytes;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== text[i]) return false;
    this.at = at + length;
    return true;
  }

  /** Moves to the next `0x` and past it; false when there is none. */
  nextHex(): boolean {
    const bytes = this.bytes;
    const end = this.end - 1;
    for (let at = this.at; at < end; at++) {
      if (bytes[at] === 48 && bytes[at + 1] === 120) {
        this.at = at + 2;
        return true;
      }
    }
    return false;
  }
}

/** ASCII text as bytes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}
