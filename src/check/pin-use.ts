/** What a CPU of a race does between taking a pin and dropping it, and what the pin must show then. */

import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { Dice } from "./dice.js";
import { takesAway } from "./race-words.js";
import type { Values } from "./values.js";

type Hold = Operation & { readonly kind: "hold" };

/**
 * Operations behind a pin. Pin and process must see the same page: what a device stores the process reads, and what the
 * process stores the pin shows.
 */
export function useOfPin(dice: Dice, { process, page, write }: Hold, value: bigint): Operation[] {
  const device: Operation = { kind: "device", process, value };
  const store: Operation = { kind: "write", process, page, value };
  const release: Operation = { kind: "release", process, value };
  if (!write) return dice.once(2) ? [store, release] : [];
  return dice.pick([
    [device, release],
    [device, { kind: "expect", process, page, value, other: value }, release],
    [store, release],
  ]);
}

/**
 * Takes the word away from a `release`, and from a look before it, where the page may hold another one: somebody else may
 * store to it. Where the process uses the page too, nobody may take it from the process, and the pin and its stores must have
 * their rights: `done` has those that have, of CPUs that have nobody beside them.
 */
export function withoutDoubt(
  cpus: readonly (readonly Operation[])[],
  values: Values,
  done: ReadonlySet<Operation>,
): Operation[][] {
  const all = cpus.flat();
  const displaces = all.some(({ kind }) => kind === "mmap" || kind === "mremap");
  const holds = all.filter(({ kind }) => kind === "hold").length;
  return cpus.map((own, cpu) => {
    const others = cpus.filter((_, at) => at !== cpu).flat();
    let hold: Hold | undefined;
    let isSure = true;
    return own.map((one, at) => {
      if (one.kind === "hold") {
        hold = one;
        const uses = usesBehind(own, at, one);
        const stores = all.some(
          (other) => other.kind === "write" && other.page === one.page && !uses.includes(other),
        );
        const of = values.pagesOf(one.process)?.get(one.page);
        isSure = !displaces && holds === 1 && !stores && of?.shared === undefined;
        if (uses.length > 0)
          isSure &&=
            of !== undefined &&
            done.has(one) &&
            uses.every((use) => use.kind !== "write" || done.has(use)) &&
            !others.some((other) => takesAway(other, one.process, one.page));
      }
      if (one.kind === "expect" && one.page === hold?.page && !isSure)
        return { kind: "read", process: one.process, page: one.page };
      if (one.kind !== "release" || one.value === undefined) return one;
      return hold !== undefined && isSure ? one : { kind: one.kind, process: one.process };
    });
  });
}

/** What the process does with the page of a pin before it drops the pin. */
function usesBehind(own: readonly Operation[], at: number, { process, page }: Hold): readonly Operation[] {
  const end = own.findIndex((one, index) => index > at && one.kind === "release" && one.process === process);
  return own
    .slice(at + 1, end < 0 ? undefined : end)
    .filter(
      (one) =>
        (one.kind === "write" || one.kind === "expect") && isProcessOperation(one) && one.page === page,
    );
}
