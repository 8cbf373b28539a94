/** Protocol variants: folders whose files replace files of the engine, and what is expected of them. */
import { access, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { packageRoot } from "../build/engine.js";
import { nearest } from "../build/nearest.js";
import { InputError, UsageError } from "../errors.js";
import type { Verdict } from "./scenario.js";

/** A variant, as it is on disk. */
export interface Variant {
  readonly name: string;
  readonly folder: string;
  readonly title: string;
  readonly story: string;
  readonly source: string;
  /** Folders to lay over the engine, the lowest first; its own is the last. None: the engine as it is. */
  readonly layers: readonly string[];
  /** By scenario. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** A folder of the user's: expected clean in every scenario. */
  readonly foreign: boolean;
}

/** What `variant.json` holds. */
interface VariantFile {
  readonly title: string;
  readonly base?: string;
  readonly story: string;
  readonly source: string;
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

const FILE = "variant.json";

/** The engine as it is. */
export const MAINLINE: Variant = {
  name: "mainline",
  folder: "",
  title: "The engine as it is",
  story: "The protocol of Linux 6.18 and 6.19: no file is replaced.",
  source: "Linux v6.19",
  layers: [],
  verdicts: {},
  foreign: false,
};

/** Where the package's own variants stand. */
function variantsFolder(): string {
  return join(packageRoot(), "variants");
}

/** Names of the package's own variants, in order. */
export async function variantNames(): Promise<string[]> {
  const entries = await readdir(variantsFolder(), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** All of the package's own variants. */
export async function loadVariants(): Promise<Variant[]> {
  return Promise.all((await variantNames()).map((name) => loadFolder(join(variantsFolder(), name), name)));
}

/**
 * A variant by its name, or by the path of a user's folder (anything with a slash or a dot in front, or an existing
 * folder). Throws UsageError for a name that there is not, InputError for a `variant.json` that cannot be read.
 */
export async function loadVariant(name: string): Promise<Variant> {
  if (name === MAINLINE.name) return MAINLINE;
  const names = await variantNames();
  if (names.includes(name)) return loadFolder(join(variantsFolder(), name), name);
  const isPath = /[\\/]/.test(name) || name.startsWith(".");
  if (isPath || (await exists(name))) return loadFolder(name, basename(name) || name);
  const near = nearest(name, names).map((candidate) => `"${candidate}"`);
  const guess = near.length > 0 ? `did you mean ${near.join(" or ")}? ` : "";
  throw new UsageError(
    `there is no variant "${name}", and no folder of that name`,
    `${guess}\`rmap variants\` lists all; a folder of your own is named by its path, ./${name}`,
  );
}

async function loadFolder(folder: string, name: string): Promise<Variant> {
  const file = join(folder, FILE);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (text === undefined) {
    return {
      ...{ name, folder, title: name, story: "A folder of yours.", source: folder },
      ...{ layers: [folder], verdicts: {}, foreign: true },
    };
  }
  const { title, base, story, source, verdicts } = parseVariant(text, file);
  return {
    ...{ name, folder, title, story, source, verdicts },
    layers: [...(base === undefined ? [] : await baseLayers(base, [name], file)), folder],
    foreign: false,
  };
}

/** The layers below a variant. Throws InputError for a base that is not there, or lies on itself. */
async function baseLayers(base: string, above: readonly string[], file: string): Promise<string[]> {
  if (above.includes(base)) throw bad(file, `"base" leads in a circle: ${[...above, base].join(", ")}`);
  const folder = join(variantsFolder(), base);
  const own = join(folder, FILE);
  const text = await readFile(own, "utf8").catch(() => {
    throw bad(file, `"base" names no variant of this package: "${base}"`);
  });
  const next = parseVariant(text, own).base;
  return [...(next === undefined ? [] : await baseLayers(next, [...above, base], own)), folder];
}

function parseVariant(text: string, file: string): VariantFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(file, (error as Error).message);
  }
  const { title, base, story, source, verdicts } = (value ?? {}) as Record<string, unknown>;
  for (const [key, found] of Object.entries({ title, story, source })) {
    if (typeof found !== "string" || found === "") throw bad(file, `"${key}" must be a text`);
  }
  if (base !== undefined && typeof base !== "string") throw bad(file, `"base" must be the name of a variant`);
  if (typeof verdicts !== "object" || verdicts === null)
    throw bad(file, `"verdicts" must be an object, by scenario`);
  for (const [scenario, verdict] of Object.entries(verdicts as Record<string, Partial<Verdict>>)) {
    if (!["bug", "clean", "needs-exploration"].includes(verdict.expected ?? ""))
      throw bad(
        file,
        `verdict of "${scenario}": "expected" must be bug, clean or needs-exploration, not ${JSON.stringify(verdict.expected)}`,
      );
    if (typeof verdict.why !== "string")
      throw bad(file, `verdict of "${scenario}": "why" must be a sentence`);
  }
  return value as VariantFile;
}

function bad(file: string, message: string): InputError {
  return new InputError(
    { file, line: 1, column: 1 },
    message,
    "docs/stress.md tells what a variant.json holds",
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
