/** Protocol variants: folders whose declarations replace those of the engine, with their expected results. */
import { access, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { packageRoot } from "../build/engine.js";
import { shown } from "../build/sources.js";
import { InputError, systemReason, UsageError } from "../errors.js";
import { NoPlainFile, readPlainFile } from "../platform/plain-file.js";
import { didYouMean } from "../text/nearest.js";
import { isOfPackage, loadScenarios, racesIn } from "./catalogue.js";
import type { Scenario } from "./race.js";
import { failAtBase, type KnownNames, readVariantFile } from "./variant-file.js";
import { type Verdict, WITHOUT_PANIC } from "./verdict.js";

/** A variant, as it is on disk. */
export interface Variant {
  readonly name: string;
  readonly folder: string;
  readonly title: string;
  readonly story: string;
  readonly source: string;
  /** Folders that replace files of the engine, the lowest first; its own is the last. Empty: the engine as it is. */
  readonly layers: readonly string[];
  /** By scenario. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** The races that lie in its folder. */
  readonly races: readonly Scenario[];
  /** True for a user's folder. It must be clean in every scenario. */
  readonly foreign: boolean;
}

const FILE = "variant.json";
/** The most bytes of a `variant.json` or a `layout.ts`. */
const MOST_BYTES = 2 ** 20;

/** The engine as it is. */
export const MAINLINE: Variant = {
  name: "mainline",
  folder: "",
  title: "The engine as it is",
  story: "The protocol of Linux 6.18 and 6.19. It replaces nothing.",
  source: "Linux v6.19",
  layers: [],
  verdicts: {},
  races: [],
  foreign: false,
};

/** A variant's verdict on a race. A user's own race by path is another one than the package's of the same name. */
export function verdictOf(variant: Variant, scenario: Scenario): Verdict | undefined {
  const known = isOfPackage(scenario) || variant.races.includes(scenario);
  return known ? variant.verdicts[scenario.name] : undefined;
}

/** The folder of the package's own variants. */
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
 * folder). Throws UsageError for an unknown name, InputError for a `variant.json` that is not valid.
 */
export async function loadVariant(name: string): Promise<Variant> {
  if (name === MAINLINE.name) return MAINLINE;
  const names = await variantNames();
  if (names.includes(name)) return loadFolder(join(variantsFolder(), name), name);
  const isPath = /[\\/]/.test(name) || name.startsWith(".");
  if (isPath || (await exists(name))) return loadFolder(name, basename(name) || name);
  if ((await loadScenarios()).some((scenario) => scenario.name === name)) {
    throw new UsageError(
      `${name} is a scenario, not a variant`,
      `see \`rmap scenarios ${name}\`, and run it with \`rmap stress ${name}\``,
    );
  }
  throw new UsageError(
    `there is no variant "${shown(name)}", and no folder of that name`,
    `${didYouMean(name, names)}\`rmap variants\` lists all; for your own folder give its path, ./${name}`,
  );
}

async function loadFolder(folder: string, name: string): Promise<Variant> {
  const file = join(folder, FILE);
  const text = await readPlain(file);
  const races = await ownRaces(folder);
  if (text === undefined) {
    return {
      ...{ name, folder, title: name, story: "Your own folder.", source: folder },
      ...{ layers: [folder], verdicts: {}, races, foreign: true },
    };
  }
  const { title, base, story, source, verdicts } = readVariantFile(
    text,
    file,
    await knownNames(folder, races),
  );
  return {
    ...{ name, folder, title, story, source, verdicts, races },
    layers: [...(base === undefined ? [] : await baseLayers(base, [name], { text, file })), folder],
    foreign: false,
  };
}

/** The races in a variant's folder. Throws InputError for one with the name of a race of the package. */
async function ownRaces(folder: string): Promise<Scenario[]> {
  const races = await racesIn(folder);
  const taken = races.length > 0 ? (await loadScenarios()).map(({ name }) => name) : [];
  const twice = races.find(({ name }) => taken.includes(name));
  if (twice !== undefined) {
    const place = { file: shown(twice.file), line: 1, column: 1 };
    throw new InputError(
      place,
      `the package has a race ${twice.name} already`,
      "Give the file another name.",
    );
  }
  return races;
}

/**
 * The layers below a variant, starting with the base that `from` names. Throws InputError for a base that is its own
 * base.
 */
async function baseLayers(
  base: string,
  above: readonly string[],
  from: { readonly text: string; readonly file: string },
): Promise<string[]> {
  if (above.includes(base))
    failAtBase(from.text, from.file, `"base" forms a circle: ${[...above, base].join(", ")}`);
  const folder = join(variantsFolder(), base);
  const file = join(folder, FILE);
  const text = await readFile(file, "utf8");
  const next = readVariantFile(text, file, await knownNames(folder, await racesIn(folder))).base;
  return [...(next === undefined ? [] : await baseLayers(next, [...above, base], { text, file })), folder];
}

let common: Promise<KnownNames> | undefined;

/**
 * The names that a `variant.json` in a folder may use: those of the folder's own races too. A folder with its own
 * `layout.ts` may have more panics.
 */
async function knownNames(folder: string, races: readonly Scenario[]): Promise<KnownNames> {
  common ??= (async () => ({
    variants: await variantNames(),
    scenarios: (await loadScenarios()).map(({ name }) => name),
    findings: [...WITHOUT_PANIC, ...(await panicNames(join(packageRoot(), "assembly")))],
  }))();
  const { findings, scenarios, ...names } = await common;
  const all = [...scenarios, ...races.map(({ name }) => name)];
  return { ...names, scenarios: all, findings: [...new Set([...findings, ...(await panicNames(folder))])] };
}

/** Names of the panics in the `layout.ts` of a folder; empty without such a file. */
async function panicNames(folder: string): Promise<string[]> {
  const text = (await readPlain(join(folder, "layout.ts"))) ?? "";
  return [...text.matchAll(/^export const PANIC_(\w+)/gm)].map(([, name]) => name as string);
}

/**
 * The text of a file; undefined when it does not exist. Throws InputError when it is not a plain file, too long, or
 * not readable.
 */
async function readPlain(file: string): Promise<string | undefined> {
  const fail = (why: string): never => {
    throw new InputError({ file: shown(file), line: 1, column: 1 }, why, `${basename(file)} is a plain file`);
  };
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readPlainFile(file, MOST_BYTES, false));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (error instanceof NoPlainFile) return fail(error.message);
    return fail(`it cannot be read: ${systemReason(error)}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
