/** Lists of operations, one a worker CPU, all at once. */
import { coreOf } from "../../dist/engine/engine.js";
import type { Engine } from "../../dist/index.js";
import type { OpOutcome, OpRecord } from "../../dist/record/record.js";

/** Runs them to their end; the outcomes, list by list. A list of the same operation over and over ends with the others. */
export async function runAll(
  engine: Engine,
  lists: readonly (readonly OpRecord[])[],
): Promise<OpOutcome[][]> {
  const { pool } = coreOf(engine);
  const { rings } = pool;
  const outcomes: OpOutcome[][] = lists.map(() => []);
  const next = lists.map(() => 0);
  for (;;) {
    let [busy, waiting] = [false, rings[0]];
    for (const [cpu, list] of lists.entries()) {
      const ring = rings[cpu];
      if (ring === undefined) throw new Error(`there is no CPU ${cpu}`);
      for (let ready = ring.ready; ready > 0; ready--) outcomes[cpu]?.push(ring.collect());
      for (; (next[cpu] ?? 0) < list.length && ring.room > 0; next[cpu] = (next[cpu] ?? 0) + 1) {
        ring.write(list[next[cpu] ?? 0] as OpRecord);
      }
      ring.publish();
      if ((outcomes[cpu]?.length ?? 0) < list.length) [busy, waiting] = [true, ring];
    }
    if (!busy || waiting === undefined) break;
    const seen = waiting.done;
    if (waiting.ready === 0 && seen !== waiting.produced) await pool.progress(waiting, seen);
  }
  await pool.idle();
  return outcomes;
}
