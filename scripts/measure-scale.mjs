/**
 * Measures what an operation costs on a machine as large as users have: up to 64 GiB of frames, 1,000 processes, and as
 * many mappings in one address space as Linux allows. Prints the table of docs/performance.md.
 *
 *   node scripts/measure-scale.mjs              measures every size
 *   node scripts/measure-scale.mjs --most N     leaves out sizes above N
 *
 * Each figure is the fastest of three runs. Needs dist/.
 */

import { Engine } from "../dist/index.js";
import { optionsOf } from "./options.mjs";

const PAGE = 4096;
const RUNS = 3;
const { values: flags } = optionsOf({ options: { most: { type: "string", default: "1000000" } } });
const most = Number(flags.most);

/** The milliseconds that a call takes. */
function timed(call) {
  const start = performance.now();
  call();
  return performance.now() - start;
}

/** What is measured: `run` gives the milliseconds of each column for one size. */
const TABLES = [
  {
    what: "GiB of frames, all in use",
    sizes: [1, 4, 16, 64],
    columns: ["engine made", "first writes", "fork", "exit"],
    each: (size) => [1, (size * 2 ** 30) / PAGE, (size * 2 ** 30) / PAGE, (size * 2 ** 30) / PAGE],
    async run(size) {
      const start = performance.now();
      const engine = await Engine.create({ memory: size * 2 ** 30, content: "none", spaces: 4 });
      const made = performance.now() - start;
      const space = engine.spawn();
      const pages = (size * 2 ** 30) / PAGE - 4096;
      const at = space.mmap(pages * PAGE);
      const touch = timed(() => space.touch(at, pages));
      let child;
      const fork = timed(() => {
        child = space.fork();
      });
      const exit = timed(() => child.exit());
      await engine.dispose();
      return [made, touch, fork, exit];
    },
  },
  {
    what: "processes that share a page",
    sizes: [10, 100, 1000],
    columns: ["fork of one more", "all their mappings found", "exit of all"],
    each: (size) => [1, size, size],
    async run(size) {
      const engine = await Engine.create({ spaces: 2048, metadata: 2 ** 27 });
      const space = engine.spawn();
      const at = space.mmap(PAGE);
      space.write(at, 1n);
      const children = Array.from({ length: size - 1 }, () => space.fork());
      let last;
      const fork = timed(() => {
        last = space.fork();
      });
      last.exit();
      const walk = timed(() => space.whoMaps(at));
      const exit = timed(() => {
        for (const child of children) child.exit();
      });
      await engine.dispose();
      return [fork, walk, exit];
    },
  },
  {
    what: "mappings in one address space",
    sizes: [100, 1000, 10_000, 65_000],
    columns: ["all made", "one made read-only and back", "fork", "exit of the child"],
    each: (size) => [size, 1, size, size],
    async run(size) {
      const engine = await Engine.create({ memory: 2 ** 29, content: "none", metadata: 2 ** 28 });
      const space = engine.spawn();
      const at = space.mmap(2 * size * PAGE);
      space.touch(at, 2 * size);
      const split = timed(() => {
        for (let i = 0; i + 1 < size; i += 2) space.mprotect(at + 2 * i * PAGE, PAGE, "r");
      });
      const middle = at + size * PAGE;
      const change = timed(() => {
        for (let i = 0; i < 10; i++) {
          space.mprotect(middle + 2 * PAGE, PAGE, "r");
          space.mprotect(middle + 2 * PAGE, PAGE, "rw");
        }
      });
      let child;
      const fork = timed(() => {
        child = space.fork();
      });
      const exit = timed(() => child.exit());
      await engine.dispose();
      return [split, change / 10, fork, exit];
    },
  },
];

const show = (ms) =>
  ms >= 10 ? `${ms.toFixed(0)} ms` : ms >= 0.01 ? `${ms.toFixed(2)} ms` : `${(ms * 1e3).toFixed(1)} µs`;

for (const { what, sizes, columns, each, run } of TABLES) {
  console.log(`| ${what} | ${columns.join(" | ")} |\n|--:|${columns.map(() => "--:").join("|")}|`);
  for (const size of sizes.filter((one) => one <= most)) {
    const best = columns.map(() => Number.POSITIVE_INFINITY);
    for (let i = 0; i < RUNS; i++) {
      for (const [column, ms] of (await run(size)).entries()) best[column] = Math.min(best[column], ms);
    }
    const units = each(size);
    const cells = best.map((ms, i) =>
      units[i] === 1 ? show(ms) : `${show(ms)} (${((ms * 1e6) / units[i]).toFixed(0)} ns each)`,
    );
    console.log(`| ${size.toLocaleString("en")} | ${cells.join(" | ")} |`);
  }
  console.log("");
}
