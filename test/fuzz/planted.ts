/**
 * Plants mended faults again, one by one, in a copy of what runs, and shows that the fuzzer finds each within a bounded count
 * of inputs, and that the same input shows nothing without the fault.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { transform } from "esbuild";
import { type Found, runCampaign } from "./campaign.js";
import type { Fault } from "./fault.js";
import { FAULTS } from "./faults.js";
import type { Places } from "./runner.js";
import { Seeds } from "./seeds.js";

/** What of a checkout is only read. */
const LINKED = [
  "assembly",
  "overlays",
  "races",
  "variants",
  "schemas",
  "asconfig.json",
  "node_modules",
  "package.json",
];

/** Plants the faults, all or the one that is named; returns 0 when each was found. */
export async function runPlanted(
  places: Places,
  root: string,
  say: (line: string) => void,
  only?: string,
): Promise<number> {
  const faults = FAULTS.filter(({ name }) => only === undefined || name === only);
  if (faults.length === 0)
    throw new RangeError(`there is no fault "${only}": ${FAULTS.map(({ name }) => name).join(", ")}`);
  const seeds = new Seeds(root);
  let missed = 0;
  for (const fault of faults) {
    const began = performance.now();
    const folder = join(places.scratch, "planted", fault.name);
    let verdict: string;
    try {
      await plant(fault, places.root, folder);
      const [found, inputs] = await find(fault, { ...places, root: folder }, seeds);
      if (!found) verdict = `NOT FOUND in ${fault.within} inputs`;
      else if (await shows(fault, found, places, seeds))
        verdict = `number ${found.index} shows it without the fault as well`;
      else verdict = `found after ${inputs} inputs: ${found.rule}: ${found.detail.slice(0, 90)}`;
      if (!verdict.startsWith("found")) missed++;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    say(`${fault.name}: ${verdict} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
  }
  say(
    missed === 0
      ? `${faults.length} faults planted, each found`
      : `${missed} of ${faults.length} faults NOT FOUND`,
  );
  return missed === 0 ? 0 : 1;
}

/** The texts of a fault's files with the fault in them. Throws where a text to replace does not stand exactly once. */
export function faultyFiles(fault: Fault, root: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const { file, search, replace } of fault.patches) {
    const text = files.get(file) ?? readFileSync(join(root, file), "utf8");
    const times = text.split(search).length - 1;
    if (times !== 1) throw new Error(`${fault.name}: ${file} holds ${times} times: ${search}`);
    files.set(
      file,
      text.replace(search, () => replace),
    );
  }
  return files;
}

/** Makes a copy of what runs, with the fault. */
async function plant(fault: Fault, root: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of LINKED) symlinkSync(join(root, name), join(folder, name));
  cpSync(join(root, "dist"), join(folder, "dist"), {
    recursive: true,
    filter: (path) => !/\.map$|\.d\.ts$|\.tmp$/.test(path),
  });
  for (const [file, text] of faultyFiles(fault, root)) {
    const { code } = await transform(text, { loader: "ts", format: "esm", target: "node20" });
    const target = join(folder, file.replace(/^src\//, "dist/").replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  // The command line that people start is bundled, and the bundle does not have the fault. Its modules have it.
  for (const name of readdirSync(join(folder, "dist/bin")))
    if (existsSync(join(folder, "dist/cli", name)))
      writeFileSync(join(folder, "dist/bin", name), `import "../cli/${name}";\n`);
}

/** Fuzzes until the fault shows; how many inputs that took. */
async function find(
  fault: Fault,
  places: Places,
  seeds: Seeds,
): Promise<[found: Found | undefined, inputs: number]> {
  const { kind, seed, from = 0, within, shows: pattern } = fault;
  let hit: Found | undefined;
  const until = (found: Found) => {
    if (hit || !pattern.test(`${found.rule}: ${found.detail}`)) return false;
    hit = found;
    return true;
  };
  const result = await runCampaign({ kinds: [kind], seed, from, count: within, until }, places, seeds);
  return [hit, result.kinds[kind]?.inputs ?? 0];
}

/** Whether the input that found a fault shows the same without it. */
async function shows(fault: Fault, { index }: Found, places: Places, seeds: Seeds): Promise<boolean> {
  const { found } = await runCampaign({ kinds: [fault.kind], seed: fault.seed, only: index }, places, seeds);
  return found.some(({ rule, detail }) => fault.shows.test(`${rule}: ${detail}`));
}
