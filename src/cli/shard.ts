/** `--shard I/N`: the rows of a shard, and the plan by which shards and saved runs are recognised. */
import { EngineKeys } from "../build/engine-key.js";
import { UsageError } from "../errors.js";
import type { RunHead } from "../report/run-file.js";
import { type DealtRow, deal, planOf, type Shard } from "../scenario/shard.js";
import type { Variant } from "../scenario/variant.js";
import { shown } from "../text/words.js";

/** The most shards of a run. */
const MOST = 10_000;

/** The shard that an option names; undefined without it. Throws UsageError for anything but `I/N` with 1 <= I <= N. */
export function parseShard(given: unknown): Shard | undefined {
  if (given === undefined) return undefined;
  const text = String(given);
  const [, i = "", n = ""] = /^([0-9]{1,6})\/([0-9]{1,6})$/.exec(text) ?? [];
  const [index, of] = [Number(i), Number(n)];
  const hint = "the first of four shards is --shard 1/4, the last one --shard 4/4";
  if (n === "") throw new UsageError(`--shard must be I/N, such as 1/4, not "${shown(text)}"`, hint);
  if (of < 1 || of > MOST) throw new UsageError(`--shard: N must be from 1 to ${MOST}, not ${of}`, hint);
  if (index < 1 || index > of)
    throw new UsageError(`--shard: I must be from 1 to N, which is ${of}, not ${index}`, hint);
  return { index, of };
}

/** The plan of a run. `target` is the build that it uses. */
async function planOfRun(rows: readonly DealtRow[], target: string, settings: unknown): Promise<string> {
  const keys = new EngineKeys();
  const engines = await Promise.all(rows.map(({ variant }) => keys.keyOf(target, variant.layers)));
  return planOf(rows, engines, [target, settings]);
}

/** A row with its number in the whole, and the part of it that a shard does. */
type PieceRow<Row> = Row & {
  readonly row: number;
  readonly part?: { readonly index: number; readonly of: number };
};

/** The rows of a shard, or all rows without one, and the head by which others recognise the run. */
export async function pieceOf<Row extends DealtRow>(
  rows: readonly Row[],
  shard: Shard | undefined,
  target: string,
  settings: unknown,
): Promise<{ readonly head: RunHead; readonly rows: PieceRow<Row>[] }> {
  const head = {
    plan: await planOfRun(rows, target, settings),
    rows: rows.length,
    ...(shard && { shard }),
  };
  if (shard === undefined) return { head, rows: rows.map((row, at) => ({ ...row, row: at + 1 })) };
  const part = { index: shard.index - 1, of: shard.of };
  return {
    head,
    rows: deal(rows, shard).map(({ row, isPart }) => ({
      ...(rows[row - 1] as Row),
      row,
      ...(isPart && { part }),
    })),
  };
}

/** The head of a shard of a check: nobody may join it with a check of other declarations or settings. */
export async function headOfCheck(
  { layers }: Variant,
  shard: Shard | undefined,
  settings: unknown,
): Promise<RunHead | undefined> {
  if (shard === undefined) return undefined;
  const keys = new EngineKeys();
  const engines = await Promise.all(
    ["checked", "model", "stress"].map((target) => keys.keyOf(target, layers)),
  );
  return { plan: planOf([], [], ["check", engines, settings]), rows: 1, shard };
}
