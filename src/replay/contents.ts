/** What the replayed processes' memory held when they ended, as one figure that does not depend on who ran what when. */

/** The figure. */
export interface ContentsFigures {
  /** Address spaces that ended: by exit, by exec, or because the trace was over. */
  readonly spaces: number;
  /** 16 hexadecimal digits; equal when every address space ended with the same pages of the same content. */
  readonly hash: string;
}

/** Adds the hashes of address spaces up; their order does not matter. */
export class Contents {
  #spaces = 0;
  #sum = 0n;

  /** One more address space ended, with this hash (the engine's OP_HASH, 64 bits). */
  add(hash: bigint): void {
    this.#spaces++;
    this.#sum = BigInt.asUintN(64, this.#sum + hash);
  }

  figures(): ContentsFigures {
    return { spaces: this.#spaces, hash: this.#sum.toString(16).padStart(16, "0") };
  }
}
