/** Numbers out of bytes, without strings. The cursor remembers where it stopped. */

/** Value of each byte as a hexadecimal digit, -1 where it is none. */
const HEX = new Int8Array(256).fill(-1);
for (let i = 0; i < 10; i++) HEX[48 + i] = i;
for (let i = 0; i < 6; i++) HEX[97 + i] = HEX[65 + i] = 10 + i;

const POWERS = [1, 16, 256, 4096, 65536, 1048576, 16777216];

/** A position in a line of bytes, with the number readers that move it. */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  /** Next byte to read. */
  at = 0;
  /** First byte past the line. */
  end = 0;
  /** How many digits the last number had: 0 says that there was none. */
  digits = 0;

  /** Decimal digits from here; exact up to 2^53. */
  decimal(): number {
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
    this.digits = at - start;
    this.at = at;
    return value;
  }

  /** Hexadecimal digits from here, without a 0x; exact up to 2^53. Adds six digits at a time as small integers. */
  hex(): number {
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
    this.digits = at - start;
    this.at = at;
    return value;
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
