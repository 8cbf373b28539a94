/** `--save` and `--resume`: finished rows outlive the run. A saved run is the JSON that an interrupt prints. */
import { stat } from "node:fs/promises";
import { RmapError } from "../errors.js";
import { type RunHead, type RunRow, readRun } from "../report/run-file.js";
import { inputName, readText } from "./input.js";
import { writeOutput } from "./output.js";

/** The most bytes of a saved run. */
const MOST_BYTES = 2 ** 28;

/** A row that a run plans. */
interface PlannedRow {
  readonly row?: number;
  readonly scenario: { readonly name: string };
  readonly variant: { readonly name: string };
}

/**
 * The finished rows of a saved run, of those that are planned. Throws RmapError with exit code 5 when the file is not readable, no saved run, or
 * that of another run. A file that `--save` names too need not exist yet: then there are no rows.
 */
export async function readSaved(
  path: string,
  head: RunHead,
  planned: readonly PlannedRow[],
  schema: string,
  save: unknown,
): Promise<readonly RunRow[]> {
  if (path === save && !(await stat(path).catch(() => undefined))) return [];
  const text = await readText(path, MOST_BYTES);
  const saved = readRun(text, inputName(path), "expected a file that `rmap explore --save` wrote", schema);
  const differs = (what: string, hint: string) =>
    new RmapError("EINPUT", `${inputName(path)}: ${what}`, hint, 5);
  const [a, b] = [shardText(saved.head), shardText(head)];
  if (a !== b)
    throw differs(`this is the saved run of ${a}, not of ${b}`, "resume each shard from its own file");
  if (saved.head.plan !== head.plan)
    throw differs(
      "this run had other rows, settings or engines",
      "repeat its options, with the same version of the package and of your folder; or begin anew without --resume",
    );
  for (const { row, scenario, variant } of saved.results) {
    const is = planned.find((other) => other.row === row);
    if (is === undefined)
      throw differs(`row ${row} is none of this run`, "resume each shard from its own file");
    if (is.scenario.name !== scenario || is.variant.name !== variant)
      throw differs(
        `row ${row} is ${scenario} in ${variant}, but in this run it is ${is.scenario.name} in ${is.variant.name}`,
        "name a file that was not changed by hand; or begin anew without --resume",
      );
  }
  return saved.results;
}

function shardText({ shard }: RunHead): string {
  return shard === undefined ? "the whole" : `shard ${shard.index}/${shard.of}`;
}

/** A file that follows a run. Each write replaces it as a whole. */
export class SaveFile {
  readonly #path: string;
  #latest: (() => string) | undefined;
  #writing: Promise<void> | undefined;
  #error: unknown;

  constructor(path: string) {
    this.#path = path;
  }

  /** Writes the text soon: a newer one replaces one that waits. */
  update(text: () => string): void {
    this.#latest = text;
    this.#writing ??= this.#write();
  }

  /** Resolves when the latest text is written. Throws OutputError when a write failed. */
  async done(): Promise<void> {
    await this.#writing;
    if (this.#error !== undefined) throw this.#error;
  }

  async #write(): Promise<void> {
    try {
      for (let next = this.#latest; next !== undefined; next = this.#latest) {
        this.#latest = undefined;
        await writeOutput(this.#path, next());
      }
    } catch (error) {
      this.#error = error;
    } finally {
      this.#writing = undefined;
    }
  }
}
