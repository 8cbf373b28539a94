/**
 * Hashes of states, of 64 bits in two numbers: equal states have equal hashes. A hash of several parts is either that of a
 * list, in its order, or a sum, which has no order.
 */

const A = 0xcc9e2d51;
const B = 0x1b873593;

/** Mixes the bits of a number. */
function mixed(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A hash that grows: of a list. */
export class Print {
  a = 0;
  b = 0;

  /** Begins a list of some kind. */
  begin(kind: number): this {
    this.a = mixed(kind ^ A);
    this.b = mixed(kind + B);
    return this;
  }

  /** Appends a number of 32 bits. */
  put(value: number): this {
    this.a = mixed(Math.imul(this.a, 5) ^ Math.imul(value, A));
    this.b = mixed((Math.imul(this.b, 9) + value) ^ B);
    return this;
  }

  /** Appends any number. */
  putDouble(value: number): this {
    DOUBLE[0] = value;
    return this.put(HALVES[0] as number).put(HALVES[1] as number);
  }

  /** Appends a value of memory. */
  putValue(value: number | bigint): this {
    if (typeof value === "number") return this.put(value);
    return this.put(Number(value & 0xffff_ffffn)).put(Number(BigInt.asUintN(64, value) >> 32n));
  }

  /** Appends another hash. */
  putPrint(a: number, b: number): this {
    this.a = mixed(Math.imul(this.a, 5) ^ a);
    this.b = mixed(Math.imul(this.b, 9) + b);
    return this;
  }
}

const DOUBLE = new Float64Array(1);
const HALVES = new Int32Array(DOUBLE.buffer);

/** A hash by number, for the items of a pool. */
export class Prints {
  #items = new Int32Array(256);

  a(at: number): number {
    return this.#items[2 * at] as number;
  }

  b(at: number): number {
    return this.#items[2 * at + 1] as number;
  }

  set(at: number, a: number, b: number): void {
    if (2 * at + 1 >= this.#items.length) {
      const larger = new Int32Array(2 * Math.max(this.#items.length, 2 * at + 2));
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[2 * at] = a;
    this.#items[2 * at + 1] = b;
  }
}
