/** The bytes of records that wait for their turn. */

const FIRST = 1 << 21;
/** Places are 32-bit numbers. */
const MOST = 2 ** 31 - 1;

/** A buffer that grows at its end. Places in it stay until the next `keep`. */
export class Arena {
  bytes = new Uint8Array(FIRST);
  view = new DataView(this.bytes.buffer);
  #spare = new Uint8Array(0);
  /** Bytes in use. */
  length = 0;
  /** Place of the next record that nobody has looked at. */
  scan = 0;

  /** Adds bytes. Returns false when they do not fit any more. */
  append(chunk: Uint8Array): boolean {
    if (this.length + chunk.length > MOST) return false;
    if (this.length + chunk.length > this.bytes.length) {
      const bytes = new Uint8Array(
        Math.min(MOST, Math.max(this.bytes.length * 2, this.length + chunk.length)),
      );
      bytes.set(this.bytes.subarray(0, this.length));
      this.#use(bytes);
    }
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
    return true;
  }

  /**
   * Drops everything before `scan`, but for the records that `each` names: it calls its argument with the place of
   * each, and takes the new place.
   */
  keep(each: (move: (place: number) => number) => void): void {
    if (this.#spare.length !== this.bytes.length) this.#spare = new Uint8Array(this.bytes.length);
    const { bytes, view } = this;
    const to = this.#spare;
    let end = 0;
    each((place) => {
      const size = view.getUint16(place + 6, true);
      to.set(bytes.subarray(place, place + size), end);
      end += size;
      return end - size;
    });
    to.set(bytes.subarray(this.scan, this.length), end);
    this.length = end + (this.length - this.scan);
    this.scan = end;
    this.#spare = bytes;
    this.#use(to);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}
