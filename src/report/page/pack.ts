/** Whole numbers as bytes, seven bits each, in Base64: small numbers take one byte. For the data in pages. */

/** Writes numbers, zero or more, below 2^53. */
export class Packer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** One number that is not negative. */
  add(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.#byte(rest);
  }

  /** One number with a sign. */
  signed(value: number): void {
    this.add(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** All of it. */
  text(): string {
    let binary = "";
    for (let at = 0; at < this.#length; at += 4096)
      binary += String.fromCharCode(...this.#bytes.subarray(at, Math.min(at + 4096, this.#length)));
    return btoa(binary);
  }

  #byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const bytes = this.#bytes;
      this.#bytes = new Uint8Array(bytes.length * 2);
      this.#bytes.set(bytes);
    }
    this.#bytes[this.#length++] = value;
  }
}

/** Reads what a Packer wrote, in the same order. */
export class Unpacker {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  }

  /** True at the end. */
  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.next();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
