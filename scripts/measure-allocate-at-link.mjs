/**
 * Measures what it costs to give every mapping its anon_vma when it is put in place (Linus Torvalds, 7 April 2010):
 * replays the bundled traces on the engine as it is, and on the variants that allocate at link time, and writes the
 * table of docs/allocate-at-link.md.
 *
 *   node scripts/measure-allocate-at-link.mjs            prints the table
 *   node scripts/measure-allocate-at-link.mjs --write    writes it into the page
 *   … --trace TEXT, --engine TEXT                        prints only the lines of traces, and engines, whose names hold this
 *
 * Operations are executed one after the other, so that every peak is seen and each run gives the same figures. Needs dist/.
 */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compileInThread } from "../dist/build/compile.js";
import { coreOf } from "../dist/engine/engine.js";
import { Engine } from "../dist/index.js";
import { readMappings } from "../dist/inspect/vmas.js";
import { readOpCodes, replayTrace } from "../dist/replay/index.js";
import { loadVariant } from "../dist/scenario/variant.js";
import { traceFile } from "../dist/trace/index.js";
import { optionsOf } from "./options.mjs";

const VARIANTS = ["mainline", "2010-allocate-at-link-singular", "2010-allocate-at-link-skip"];
const TRACES = fileURLToPath(new URL("../traces/", import.meta.url));
const PAGE = fileURLToPath(new URL("../docs/allocate-at-link.md", import.meta.url));
const { values: flags } = optionsOf({
  options: {
    write: { type: "boolean", default: false },
    trace: { type: "string", default: "" },
    engine: { type: "string", default: "" },
  },
});

/** Operations between two looks at how many live mappings have an anon_vma. */
const LOOK_EVERY = 200;

/** A machine that executes each record at once, on this thread, and counts after each. */
class CountingMachine {
  cpus = 1;
  capacity = 4096;
  maxVmas = 0;
  maxAnonVmas = 0;
  looks = 0;
  seen = 0;
  without = 0;
  #engine;
  #live;
  #outcomes = [];
  #pending = [];
  #executed = 0;

  constructor(engine) {
    const { layout, control } = coreOf(engine).machine;
    this.#engine = engine;
    this.codes = readOpCodes((name) => layout.constant(name));
    this.spaces = control.get("spaces");
    this.files = control.get("files");
    const cpu = layout.struct("Cpu");
    const base = control.cpuBase(control.cpus);
    const count = (cache) => base + cpu.offset(`statObjects${layout.constant(`SLAB_${cache}`)}`);
    this.#live = { vmas: count("VMA"), anonVmas: count("ANON_VMA") };
  }

  push(_cpu, op, flags, space, aux, a, b, c) {
    this.#pending.push({ op, flags, space, aux, a, b, c });
  }

  flag() {}

  doneAfter(_cpu, index) {
    return index + 1;
  }

  async run() {
    const { view } = coreOf(this.#engine).machine;
    this.#outcomes = this.#pending.map((operation) => {
      const outcome = this.#engine.execute(operation);
      this.maxVmas = Math.max(this.maxVmas, view.u32(this.#live.vmas));
      this.maxAnonVmas = Math.max(this.maxAnonVmas, view.u32(this.#live.anonVmas));
      if (++this.#executed % LOOK_EVERY === 0) this.#look();
      return outcome;
    });
    this.#pending = [];
  }

  /** Counts the live mappings, and those without an anon_vma. */
  #look() {
    const { inspector } = coreOf(this.#engine);
    for (const slot of inspector.slots()) {
      for (const { anonVma } of readMappings(inspector, slot)) {
        this.seen++;
        if (anonVma === 0) this.without++;
      }
    }
    this.looks++;
  }

  result(_cpu, index) {
    return this.#outcomes[index].result;
  }

  value(_cpu, index) {
    return this.#outcomes[index].value;
  }

  anonDelta(_cpu, index) {
    return this.#outcomes[index].anonDelta;
  }

  stats() {
    const { faultAnon, faultCow, faultFile, faultZero } = this.#engine.stats();
    return { anon: faultAnon, cow: faultCow, file: faultFile, zero: faultZero };
  }
}

/** The release engine of a variant. */
async function moduleOf(name) {
  if (name === "mainline") return readFile(new URL("../dist/engine.wasm", import.meta.url));
  const { layers } = await loadVariant(name);
  const { wasm } = await compileInThread({ target: "release", overlays: [layers] });
  return wasm;
}

/** One trace on one engine. */
async function measure(trace, wasmBytes) {
  const engine = await Engine.create({
    wasmBytes,
    cpus: 1,
    memory: 2 ** 30,
    swap: 0,
    spaces: 4096,
    files: 4096,
  });
  try {
    const machine = new CountingMachine(engine);
    const { fidelity } = await replayTrace(traceFile(TRACES + trace), machine);
    const { vmaMade, anonVmaMade, chainMade } = engine.stats();
    const { maxVmas, maxAnonVmas, seen, without } = machine;
    return { vmaMade, anonVmaMade, chainMade, maxVmas, maxAnonVmas, without: without / seen, fidelity };
  } finally {
    await engine.dispose();
  }
}

/** What of a list is asked for. Ends the program when that is nothing. */
function chosen(list, option) {
  const found = list.filter((name) => name.includes(flags[option]));
  if (found.length > 0) return found;
  process.stderr.write(
    `--${option}: no name contains "${flags[option]}"; the names are ${list.join(", ")}\n`,
  );
  process.exit(2);
}

const number = (value) => value.toLocaleString("en-US");
const lines = [
  "| trace | engine | VMAs made | at once | anon_vmas made | at once | links made | anon_vmas a VMA | against lazy: made | at once | live VMAs without |",
  "| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |",
];
if (flags.write && (flags.trace !== "" || flags.engine !== "")) {
  process.stderr.write("--write writes the whole table, so it takes neither --trace nor --engine\n");
  process.exit(2);
}
const traces = (await readdir(TRACES)).filter((name) => name.endsWith(".gz")).sort();
const engines = chosen(VARIANTS, "engine");
for (const trace of chosen(traces, "trace")) {
  let lazy;
  for (const variant of engines) {
    const row = await measure(trace, await moduleOf(variant));
    lazy ??= row;
    const { exact, samples } = row.fidelity;
    if (exact !== samples)
      throw new Error(`${trace}, ${variant}: ${samples - exact} samples of ${samples} differ`);
    lines.push(
      `| ${[
        trace.split(".")[0],
        variant,
        number(row.vmaMade),
        number(row.maxVmas),
        number(row.anonVmaMade),
        number(row.maxAnonVmas),
        number(row.chainMade),
        (row.anonVmaMade / row.vmaMade).toFixed(2),
        `× ${(row.anonVmaMade / lazy.anonVmaMade).toFixed(2)}`,
        `× ${(row.maxAnonVmas / lazy.maxAnonVmas).toFixed(2)}`,
        `${(row.without * 100).toFixed(1)} %`,
      ].join(" | ")} |`,
    );
  }
}
const table = lines.join("\n");
if (flags.write) {
  const text = await readFile(PAGE, "utf8");
  await writeFile(
    PAGE,
    text.replace(/(<!-- table -->\n)[\s\S]*?(\n<!-- \/table -->)/, (_, a, b) => a + table + b),
  );
} else {
  process.stdout.write(`${table}\n`);
}
