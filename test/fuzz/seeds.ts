/** Valid inputs of the repository, which mutations start from. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A valid text and its file's name. */
export interface SeedText {
  readonly name: string;
  readonly text: string;
}

const SCRIPT_FOLDERS = ["examples", "test/errno/cases", "answers"];
const TRACE_LINES = 4000;

/** Texts of this checkout, read once. All texts are Latin-1: a character is a byte. */
export class Seeds {
  readonly #root: string;
  #scripts: readonly SeedText[] | undefined;
  #traces: readonly SeedText[] | undefined;

  /** `root` is the checkout's folder. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Scripts of the tests and examples that are no longer than the fuzzer wants. */
  get scripts(): readonly SeedText[] {
    this.#scripts ??= SCRIPT_FOLDERS.flatMap((folder) =>
      readdirSync(join(this.#root, folder))
        .filter((name) => name.endsWith(".ops"))
        .sort()
        .map((name) => ({ name, text: readFileSync(join(this.#root, folder, name), "latin1") })),
    ).filter(({ text }) => text.length < 40_000);
    return this.#scripts;
  }

  /** The recorded answer of a script, where there is one beside it. */
  answer(script: string): string | undefined {
    const name = script.replace(/\.ops$/, ".json");
    for (const folder of SCRIPT_FOLDERS) {
      for (const [file, read] of [
        [join(this.#root, folder, name), (bytes: Buffer) => bytes],
        [join(this.#root, folder, `${name}.gz`), gunzipSync],
      ] as const) {
        const bytes = readOptional(file);
        if (bytes) return read(bytes).toString("latin1");
      }
    }
    return undefined;
  }

  /** The first lines of each bundled recording. */
  get traces(): readonly SeedText[] {
    const folder = join(this.#root, "traces");
    this.#traces ??= readdirSync(folder)
      .filter((name) => name.endsWith(".perf.txt.gz"))
      .sort()
      .map((name) => {
        const text = gunzipSync(readFileSync(join(folder, name))).toString("latin1");
        return { name, text: text.split("\n", TRACE_LINES).join("\n") };
      });
    return this.#traces;
  }
}

function readOptional(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
