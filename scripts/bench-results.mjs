/**
 * Measures everything on this machine, keeps the result in bench/results/ under the machine's class, and puts the tables into
 * docs/performance.md.
 *
 *   node scripts/bench-results.mjs [FILE]     with FILE (the output of `rmap bench --json`) it measures nothing
 *   node scripts/bench-results.mjs --check    exit code 1 when the page does not show the result that it names
 *
 * The machine should do nothing else meanwhile.
 */

import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { optionsOf } from "./options.mjs";

const { positionals, values: flags } = optionsOf({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false } },
});
const root = fileURLToPath(new URL("..", import.meta.url));
const { CATALOGUE } = await import(new URL("../dist/bench/catalogue.js", import.meta.url).href);
const { benchTable } = await import(new URL("../dist/report/bench-markdown.js", import.meta.url).href);

/** A machine's class: its processor, its number of cores, and the platform. */
function machineClass({ cpu, cores, platform }) {
  const name = cpu.toLowerCase().replace(/\(r\)|\(tm\)|cpu|processor/g, "");
  return `${name}-${cores}-cores-${platform}`.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

async function measured() {
  const [file] = positionals;
  if (file !== undefined) return JSON.parse(await readFile(file, "utf8"));
  const run = spawnSync(process.execPath, [join(root, "dist/bin/main.js"), "bench", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
  return JSON.parse(run.stdout);
}

/** The rows that the page begins with, and what an operation of each is, in a few words. */
const EXPECTED = {
  fault: "first write to a page",
  "fault-zero": "first read of a page",
  "fault-unmap": "first write to a page, and its unmapping",
  "cow-break": "write to a page that a child shares: a copy",
  "cow-reuse": "write to a page that a child shared until its end",
  "fork-10m": "fork of 10 MiB",
  exit: "end of an address space with 10 MiB",
  "mprotect-split-merge": "`mprotect` of one page, and back",
  "rmap-walk-1": "one mapping found of a page with one mapping",
  "rmap-walk-1000": "one mapping found of a page with 1,000 mappings",
  "swap-cycle": "a page swapped out, and brought back by a write",
};

/** The short table: nanoseconds of one operation on one CPU, and how many times as long C and the kernel take. */
function expected({ rows }) {
  const time = (name, engine) =>
    rows.find((row) => row.name === name && row.engine === engine && row.cpus === 1)?.nsPerOp;
  const times = (other, own) => {
    if (other === undefined) return "";
    const value = other / own;
    return `${value < 10 ? value.toPrecision(2) : Math.round(value)} ×`;
  };
  const lines = Object.entries(EXPECTED).flatMap(([name, what]) => {
    const own = time(name, "wasm");
    if (own === undefined) return [];
    const shown = own < 100 ? own.toFixed(1) : Math.round(own).toLocaleString("en");
    return [
      `| ${what} | ${shown} ns | ${times(time(name, "native-c"), own)} | ${times(time(name, "linux"), own)} |`,
    ];
  });
  return ["| one operation | engine | C takes | Linux takes |", "|---|--:|--:|--:|", ...lines].join("\n");
}

/** The page with the tables of a result. */
function page(text, name, result) {
  const short = `<!-- what to expect -->\n\n${expected(result)}\n\n<!-- end of what to expect -->`;
  const whole = `<!-- figures: ${name} -->\n\n${benchTable(result, CATALOGUE)}\n\n<!-- end of figures -->`;
  return text
    .replace(/<!-- what to expect -->[\s\S]*<!-- end of what to expect -->/, () => short)
    .replace(/<!-- figures: [\s\S]*<!-- end of figures -->/, () => whole);
}

const path = join(root, "docs/performance.md");
const text = await readFile(path, "utf8");
if (flags.check) {
  const [, name = ""] = /<!-- figures: (\S+) -->/.exec(text) ?? [];
  const kept = JSON.parse(await readFile(join(root, "bench/results", name), "utf8"));
  if (page(text, name, kept) !== text) {
    process.stderr.write(
      `docs/performance.md is not up to date: run \`node scripts/bench-results.mjs bench/results/${name}\`\n`,
    );
    process.exitCode = 1;
  }
} else {
  const result = await measured();
  const name = `${machineClass(result.machine)}.json`;
  await mkdir(join(root, "bench/results"), { recursive: true });
  await writeFile(join(root, "bench/results", name), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(path, page(text, name, result));
  process.stderr.write(`bench/results/${name}\n`);
}
