/**
 * Measures everything on this machine, keeps the result in bench/results/ under the machine's class, and puts the table into
 * docs/performance.md.
 *
 *   node scripts/bench-results.mjs [FILE]
 *
 * With FILE (the output of `rmap bench --json`) nothing is measured. The machine should do nothing else meanwhile.
 */

import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { optionsOf } from "./options.mjs";

const { positionals } = optionsOf({ allowPositionals: true, options: {} });
const root = fileURLToPath(new URL("..", import.meta.url));
const { CATALOGUE } = await import(new URL("../dist/bench/catalogue.js", import.meta.url).href);
const { benchTable } = await import(new URL("../dist/report/bench-markdown.js", import.meta.url).href);

/** What a machine is called: its processor, how many cores of it there are, and the platform. */
function machineClass({ cpu, cores, platform }) {
  const name = cpu.toLowerCase().replace(/\(r\)|\(tm\)|cpu|processor/g, "");
  return `${name}-${cores}-cores-${platform}`.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

async function measured() {
  const [file] = positionals;
  if (file !== undefined) return JSON.parse(await readFile(file, "utf8"));
  const run = spawnSync(process.execPath, [join(root, "dist/cli/main.js"), "bench", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
  return JSON.parse(run.stdout);
}

const result = await measured();
const name = `${machineClass(result.machine)}.json`;
await mkdir(join(root, "bench/results"), { recursive: true });
await writeFile(join(root, "bench/results", name), `${JSON.stringify(result, null, 2)}\n`);
const page = join(root, "docs/performance.md");
const text = await readFile(page, "utf8");
const table = `<!-- figures: ${name} -->\n\n${benchTable(result, CATALOGUE)}\n\n<!-- end of figures -->`;
await writeFile(
  page,
  text.replace(/<!-- figures: [\s\S]*<!-- end of figures -->/, () => table),
);
process.stderr.write(`bench/results/${name}\n`);
