/** The JSON of a run that others go on with: the result of a shard, or a saved run. */

import { type JsonNode, JsonText } from "../text/json.js";

/** What a run is a piece of. */
export interface RunHead {
  /** Names rows, settings and engines: pieces of one run have the same plan. */
  readonly plan: string;
  /** Rows of the whole run. */
  readonly rows: number;
  readonly shard?: { readonly index: number; readonly of: number };
}

/** The part of a row that a shard did. */
interface RunPart {
  /** From 1 on. */
  readonly index: number;
  readonly of: number;
  /** A hash of which words the search decided about, and the executions that every part ran. */
  readonly words?: string;
  readonly trunk?: number;
}

/** A row of a run: its number in the whole, and everything that was printed of it. */
export interface RunRow {
  readonly row: number;
  readonly scenario: string;
  readonly variant: string;
  readonly part?: RunPart;
  readonly [key: string]: unknown;
}

/** A run as its file tells it. */
export interface RunFile {
  readonly file: string;
  /** `rmap.explore/1` or `rmap.stress/1`. */
  readonly schema: string;
  readonly head: RunHead;
  readonly results: readonly RunRow[];
  readonly interrupted: boolean;
}

/** The most rows of a run. */
const MOST_ROWS = 100_000;
/** The most shards, as --shard takes them. */
const MOST_SHARDS = 10_000;
const SCHEMAS: readonly string[] = ["rmap.explore/1", "rmap.stress/1"];
const HINT = "expected what `rmap explore`, `rmap stress` or `rmap check` prints with --json and --shard";

/**
 * Reads a run's JSON, of the schema `wanted` if that is given. Throws InputError with the place of what is not as
 * expected.
 */
export function readRun(text: string, file: string, hint = HINT, wanted?: string): RunFile {
  return runIn(rootOf(text, file, hint), file, hint, wanted);
}

/** The value of a file's JSON. Throws InputError when it is none. */
export function rootOf(text: string, file: string, hint = HINT): Reader {
  const json = new JsonText(text, file, hint);
  return new Reader(json, json.read(), "the file");
}

/** The head of a run. Throws InputError with the place of what is not as expected. */
export function headIn(root: Reader, hint = HINT): RunHead {
  const run = root.find("run");
  if (run === undefined)
    return root.fail("this run has no `run`, so that nobody knows what it is a piece of", hint);
  const shard = run.find("shard");
  const head: RunHead = {
    plan: run.get("plan").text(),
    rows: run.get("rows").count(),
    ...(shard && { shard: { index: shard.get("index").count(), of: shard.get("of").count() } }),
  };
  if (head.rows > MOST_ROWS) run.get("rows").fail(`expected at most ${MOST_ROWS}`);
  if (head.shard && (head.shard.of < 1 || head.shard.of > MOST_SHARDS))
    shard?.get("of").fail(`expected a number from 1 to ${MOST_SHARDS}`);
  if (head.shard && (head.shard.index < 1 || head.shard.index > head.shard.of))
    shard?.get("index").fail(`expected a number from 1 to ${head.shard.of}`);
  return head;
}

/** Reads a run from the value of its file. Throws as {@link readRun} does. */
export function runIn(root: Reader, file: string, hint = HINT, wanted?: string): RunFile {
  const schema = root.get("schema").text();
  if (!SCHEMAS.includes(schema))
    root.get("schema").fail(`expected ${[...SCHEMAS, "rmap.check/1"].join(" or ")}`);
  if (wanted !== undefined && schema !== wanted) root.get("schema").fail(`this is ${schema}, not ${wanted}`);
  const head = headIn(root, hint);
  const seen = new Set<number>();
  const results = root
    .get("results")
    .items()
    .map((item): RunRow => {
      const row = item.get("row").count();
      if (row < 1 || row > head.rows) item.get("row").fail(`expected a number from 1 to ${head.rows}`);
      if (seen.has(row)) item.get("row").fail(`row ${row} is here twice`);
      seen.add(row);
      const part = item.find("part");
      for (const key of SUMS) item.find(key)?.number();
      item.get("asExpected").flag();
      checkRow(item, schema === "rmap.explore/1");
      return {
        ...(item.plain() as object),
        ...{ row, scenario: item.get("scenario").text(), variant: item.get("variant").text() },
        ...(part && { part: partOf(part) }),
      };
    });
  return { file, schema, head, results, interrupted: root.find("interrupted") !== undefined };
}

/** Throws unless a row has what reports print of it. */
function checkRow(row: Reader, explored: boolean): void {
  row.get("expected").text();
  for (const name of row.find("by")?.items() ?? []) name.text();
  row.get("seconds").number();
  row.get(explored ? "executions" : "rounds").count();
  if (explored) {
    row.get("strategy").text();
    row.get("complete").flag();
    row.get("bounds").find("preemptions")?.count();
  }
  const found = row.get("found");
  if (found.isNull) return;
  for (const key of ["invariant", "code", "message"]) found.get(key).text();
  if (!explored) return;
  for (const key of ["conclusion", "command"]) found.get(key).text();
  for (const event of found.get("events").items()) {
    for (const key of ["operation", "file", "function", "text"]) event.get(key).text();
    for (const key of ["cpu", "line"]) event.get(key).count();
  }
}

/** Figures of a row that are sums over its parts. */
export const SUMS = ["executions", "steps", "seconds"] as const;

function partOf(part: Reader): RunPart {
  const [words, trunk] = [part.find("words"), part.find("trunk")];
  return {
    ...{ index: part.get("index").count(), of: part.get("of").count() },
    ...(words && { words: words.text() }),
    ...(trunk && { trunk: trunk.count() }),
  };
}

/** A value with its place. Every method throws InputError when the value is not as expected. */
export class Reader {
  readonly #json: JsonText;
  readonly #node: JsonNode;
  readonly #name: string;

  constructor(json: JsonText, node: JsonNode, name: string) {
    this.#json = json;
    this.#node = node;
    this.#name = name;
  }

  fail(message: string, hint?: string): never {
    return this.#json.fail(this.#node.at, message, hint);
  }

  /** A member; undefined when there is none. */
  find(key: string): Reader | undefined {
    const { value } = this.#node;
    if (!(value instanceof Map)) return this.fail(`${this.#name}: expected an object`);
    const node = value.get(key);
    return node && new Reader(this.#json, node, key);
  }

  get(key: string): Reader {
    return this.find(key) ?? this.fail(`${this.#name} has no "${key}"`);
  }

  items(): Reader[] {
    const { value } = this.#node;
    if (!Array.isArray(value)) return this.fail(`${this.#name}: expected a list`);
    return (value as readonly JsonNode[]).map((node) => new Reader(this.#json, node, this.#name));
  }

  text(): string {
    const { value } = this.#node;
    return typeof value === "string" ? value : this.fail(`${this.#name}: expected a string`);
  }

  get isNull(): boolean {
    return this.#node.value === null;
  }

  flag(): boolean {
    const { value } = this.#node;
    return typeof value === "boolean" ? value : this.fail(`${this.#name}: expected true or false`);
  }

  number(): number {
    const { value } = this.#node;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    return this.fail(`${this.#name}: expected a number`);
  }

  count(): number {
    const number = this.number();
    return Number.isSafeInteger(number) && number >= 0
      ? number
      : this.fail(`${this.#name}: expected a whole number`);
  }

  plain(): unknown {
    return plain(this.#node);
  }
}

/** A value without places. Integers that a number cannot hold stay bigints. */
function plain({ value }: JsonNode): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, node]) => [key, plain(node as JsonNode)]));
  return Array.isArray(value) ? (value as readonly JsonNode[]).map(plain) : value;
}
