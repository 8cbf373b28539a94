/** Calls of the library as the fuzzer makes them, and what a caller must not see of how they end. */
import type { Refusal } from "./library-refusal.js";
import type { Product } from "./product.js";

/** How a call ended. */
export type Ended = { readonly value: unknown } | { readonly error: unknown };

/** Makes calls, and notes what is wrong. */
export class Attempts {
  readonly #product: Product;
  readonly #findings: string[];
  /** An engine broke: nothing that comes after says anything. */
  crashed = false;

  constructor(product: Product, findings: string[]) {
    this.#product = product;
    this.#findings = findings;
  }

  /** Makes a call. Whatever is thrown must be the library's own error, and what is wrong must be refused. */
  async make(what: string, wrong: Refusal, run: () => unknown, foreign = false): Promise<Ended> {
    try {
      const value = await run();
      if (wrong !== undefined) this.find(`${what}: accepted ${wrong}`);
      return { value };
    } catch (error) {
      const { code, stack } = error as { readonly code?: unknown; readonly stack?: unknown };
      if (code === "ECRASH") {
        this.crashed = true;
        this.find(`${what}: ${(error as Error).message}`);
      } else if (!foreign && !this.#product.isOwnError(error)) {
        this.find(
          `${what}: raw ${String(stack ?? error)
            .split("\n")
            .slice(0, 2)
            .join(" ")}`,
        );
      }
      return { error };
    }
  }

  /** Notes a finding. */
  find(what: string): void {
    this.#findings.push(what);
  }
}

/** What a call gives; undefined when it throws. */
export async function quiet(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch {
    return undefined;
  }
}
