/** The final memory contents of the replayed processes, as one figure that does not depend on the schedule. */

/** The figure. */
export interface ContentsFigures {
  /** Address spaces that ended: by exit, by exec, or at the end of the trace. */
  readonly spaces: number;
  /** 16 hexadecimal digits; equal when every address space ended with the same pages of the same content. */
  readonly hash: string;
}

/** Adds up the hashes of address spaces. Their order does not matter. */
export class Contents {
  #spaces = 0;
  #sum = 0n;

  /** Adds the hash of one more ended address space (the engine's OP_HASH, 64 bits). */
  add(hash: bigint): void {
    this.#spaces++;
    this.#sum = BigInt.asUintN(64, this.#sum + hash);
  }

  figures(): ContentsFigures {
    return { spaces: this.#spaces, hash: this.#sum.toString(16).padStart(16, "0") };
  }
}
