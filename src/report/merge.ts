/** Joins the results of shards into the result of one run. */

import type { ChangedDeclaration } from "../build/counted.js";
import { RmapError, UsageError } from "../errors.js";
import { isNamed } from "../scenario/verdict.js";
import { changedIn } from "./changed-text.js";
import type { RunFile, RunRow } from "./run-file.js";
import { SUMS } from "./run-file.js";

/** The result of all shards: the rows in their order, as one run prints them. */
export interface Merged {
  readonly schema: string;
  readonly results: readonly MergedRow[];
}

/** A row without what only shards need. */
export interface MergedRow {
  readonly scenario: string;
  readonly variant: string;
  readonly [key: string]: unknown;
}

/** The most missing shards that a message lists. */
const SHOWN = 8;

/**
 * Joins the shards. Throws UsageError when one is missing or given twice, and RmapError with exit code 5 for one that
 * belongs to another run, was interrupted, or lacks a row.
 */
export function mergeRuns(files: readonly RunFile[]): Merged {
  const shards = shardsOf(files);
  const [first] = shards as [RunFile];
  const pieces = files.flatMap((run) => run.results.map((row) => ({ row, run })));
  const rows = new Map<number, typeof pieces>();
  for (const piece of pieces) rows.set(piece.row.row, [...(rows.get(piece.row.row) ?? []), piece]);
  const results = Array.from({ length: first.head.rows }, (_, at) =>
    mergeRow(rows.get(at + 1) ?? [], at + 1, shards),
  );
  return { schema: first.schema, results };
}

/** A shard, as far as it must belong to the others. */
type Shard = Pick<RunFile, "file" | "schema" | "head" | "interrupted">;

/** The shards in order. Throws as {@link mergeRuns} does when they are not those of one run, each once. */
export function shardsOf<One extends Shard>(files: readonly One[]): One[] {
  const [first] = files;
  if (first === undefined) throw new UsageError("there is nothing to merge", "name the JSON of every shard");
  const of = shardOf(first).of;
  const byIndex = new Map<number, One>();
  for (const run of files) {
    mustMatch(first, run);
    const { index } = shardOf(run);
    const other = byIndex.get(index);
    if (other !== undefined)
      throw new UsageError(
        `shard ${index} of ${of} is given twice: ${other.file} and ${run.file}`,
        "name each shard once",
      );
    byIndex.set(index, run);
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !byIndex.has(index));
  if (missing.length > 0) {
    const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : "";
    const some = missing.slice(0, SHOWN);
    const one = missing.length === 1;
    throw new UsageError(
      `${one ? "shard" : "shards"} ${some.join(", ")}${more} of ${of} ${one ? "is" : "are"} missing`,
      `run ${some.map((index) => `--shard ${index}/${of}`).join(", ")}${more}, and name every file`,
    );
  }
  return [...files].sort((a, b) => shardOf(a).index - shardOf(b).index);
}

function shardOf({ head, file }: Shard): NonNullable<RunFile["head"]["shard"]> {
  if (head.shard) return head.shard;
  throw bad(file, "this is a whole run and no shard", "leave it out, or run it with --shard I/N");
}

/** Throws when two files are not of one run. */
function mustMatch(first: Shard, run: Shard): void {
  const [a, b] = [shardOf(first), shardOf(run)];
  if (run.schema !== first.schema)
    throw bad(run.file, `this is ${run.schema}, but ${first.file} is ${first.schema}`);
  if (a.of !== b.of) throw bad(run.file, `this is one of ${b.of} shards, but ${first.file} one of ${a.of}`);
  if (run.head.plan !== first.head.plan || run.head.rows !== first.head.rows)
    throw bad(
      run.file,
      `this is a shard of another run than ${first.file}: its rows, settings or engines differ`,
      "run all shards with the same options, and the same version of the package and of your folder",
    );
  if (run.interrupted) throw bad(run.file, "this shard was interrupted", "run it again");
}

function bad(file: string, message: string, hint = "name the shards of one run"): RmapError {
  return new RmapError("EINPUT", `${file}: ${message}`, hint, 5);
}

/** One row of what shards have of it: all of it, or its parts. */
function mergeRow(
  pieces: readonly { readonly row: RunRow; readonly run: RunFile }[],
  number: number,
  shards: readonly RunFile[],
): MergedRow {
  const [first, second] = pieces;
  if (first === undefined)
    throw bad((shards[0] as RunFile).file, `row ${number} is in no shard`, "run the shards again");
  const name = `${first.row.scenario} in ${first.row.variant}`;
  if (first.row.part === undefined) {
    if (second) throw bad(second.run.file, `row ${number}, ${name}, is in ${first.run.file} too`);
    return withoutShard(first.row);
  }
  const parts = shards.map((run) => {
    const own = pieces.filter((piece) => piece.run === run);
    const { index, of } = shardOf(run);
    const [piece] = own;
    if (piece && own.length === 1 && piece.row.part?.index === index && piece.row.part.of === of)
      return piece;
    throw bad(
      run.file,
      `row ${number}, ${name}: expected part ${index} of ${of}, once`,
      "run this shard again",
    );
  });
  const found = parts.find(({ row }) => (row["found"] ?? null) !== null)?.row["found"] ?? null;
  for (const { row, run } of found === null ? parts : []) {
    if (row.part?.words === first.row.part.words && row.part?.trunk === first.row.part.trunk) continue;
    throw bad(
      run.file,
      `row ${number}, ${name}: this part decided about other words than the part in ${first.run.file}, so that schedules may be missing`,
      "explore this race without --shard",
    );
  }
  return withoutShard(
    joined(
      parts.map(({ row }) => row),
      found,
    ),
  );
}

function withoutShard({ row: _row, part: _part, ...rest }: RunRow): MergedRow {
  return rest;
}

/** The parts of a row as one. */
function joined(parts: readonly RunRow[], found: unknown): RunRow {
  const [first] = parts as readonly [RunRow];
  const numbers = (key: string) => parts.map((part) => Number(part[key] ?? 0));
  const sum = (key: string) => Math.round(numbers(key).reduce((a, b) => a + b, 0) * 1000) / 1000;
  const complete = found === null && parts.every((part) => part["complete"] === true);
  return {
    ...first,
    ...Object.fromEntries(SUMS.map((key) => [key, sum(key)])),
    // A state may occur in several parts.
    states: Math.max(...numbers("states")),
    ...(first["changed"] !== undefined && {
      changed: changedIn(parts as readonly { readonly changed?: readonly ChangedDeclaration[] }[]),
    }),
    complete,
    found,
    asExpected: isAsExpected(first, complete, found),
  };
}

function isAsExpected({ expected, by }: RunRow, complete: boolean, found: unknown): boolean {
  if (expected !== "bug") return found === null && complete;
  if (found === null) return false;
  const { invariant, code } = found as { readonly invariant?: unknown; readonly code?: unknown };
  const names = Array.isArray(by) ? by.map(String) : undefined;
  return isNamed({ invariant: String(invariant), code: String(code) }, names);
}
