/** Scripts made by the grammar of docs/ops.md: every form, mostly valid, over a small window so that mappings meet. */

import { generate, PROFILES } from "../../model/generate.js";
import { printScript } from "../../src/ops/print.js";
import type { Dice } from "./dice.js";

const PROTS = ["rw", "rw", "rw", "r", "none"];
const ADVICES = [
  "dontneed",
  "free",
  "mergeable",
  "unmergeable",
  "dontfork",
  "dofork",
  "wipeonfork",
  "keeponfork",
  "cold",
  "pageout",
];
const LENGTHS = [0, 1, 1, 2, 3, 4, 8, 16, 64, 512];

/** What a script may hold. */
export interface ScriptOptions {
  /** Lines that name CPUs: `cpu`, `sync`, and `hold` with its `device` and `release`. */
  readonly cpus: boolean;
  /** Reclaim, swap and what else depends on how much memory there is. */
  readonly pressure: boolean;
}

/** A script that the tests' own generator makes: valid throughout, about one part of the engine. */
export function plainScript(dice: Dice): string {
  return printScript(
    generate(dice.below(2 ** 24), dice.pick(PROFILES), {
      operations: dice.between(5, 60),
      dumpEvery: dice.between(5, 30),
      span: dice.pick([16, 96]),
    }),
  );
}

/** A script of all forms. It holds no `expect`, no `seen`, and no `release` with a value: these are right or wrong by what precedes. */
export function anyScript(dice: Dice, options: ScriptOptions): string {
  const made = new ScriptText(dice, options);
  const lines = Array.from({ length: dice.between(3, 60) }, () => made.line());
  return `${["0 mmap 0 16 rw private anon", ...lines, "dump"].join("\n")}\n`;
}

class ScriptText {
  readonly #dice: Dice;
  readonly #options: ScriptOptions;
  readonly #live = [0];
  readonly #span: number;
  /** Where pins were taken: a script drops most of them. */
  readonly #pins: string[] = [];
  /** Ranges that were mapped lately. */
  readonly #mapped: [page: number, pages: number][] = [[0, 16]];
  #next = 1;

  constructor(dice: Dice, options: ScriptOptions) {
    this.#dice = dice;
    this.#options = options;
    // Few pages meet each other often: reclaim needs that.
    this.#span = dice.pick(options.pressure ? [8, 24, 24, 96, 4096] : [8, 24, 96, 600, 4096]);
  }

  line(): string {
    const { cpus, pressure } = this.#options;
    const group = this.#dice.weighted<"map" | "access" | "process" | "machine" | "cpu">([
      [8, "map"],
      [10, "access"],
      [2.5, "process"],
      [pressure ? 5 : 1, "machine"],
      [cpus ? 4 : 0, "cpu"],
    ]);
    switch (group) {
      case "map":
        return this.#map();
      case "access":
        return this.#access();
      case "process":
        return this.#process();
      case "machine":
        return this.#machine();
      case "cpu":
        return this.#cpu();
    }
  }

  #map(): string {
    const dice = this.#dice;
    const p = dice.pick(this.#live);
    const [page, pages] = this.#range();
    switch (dice.below(9)) {
      case 0:
      case 1:
      case 2: {
        const shared = dice.chance(0.35) ? "shared" : "private";
        const file = dice.chance(0.35);
        this.#mapped.push([page, pages]);
        if (this.#mapped.length > 5) this.#mapped.shift();
        const stack = !file && shared === "private" && dice.chance(0.15) ? " stack" : "";
        const what = file ? `file ${dice.pick([0, 1, 95, 250, 255, 256, 4294967295])}` : `anon${stack}`;
        return `${p} mmap ${dice.chance(0.1) ? "any" : page} ${pages} ${dice.pick(PROTS)} ${shared} ${what}`;
      }
      case 3:
        return `${p} munmap ${page} ${pages}`;
      case 4:
        return `${p} mprotect ${page} ${pages} ${dice.pick(PROTS)}`;
      case 5: {
        const more = dice.pick([pages, pages, pages + 1, 0, pages * 2, 4000]);
        const to = dice.below(this.#span);
        const where = dice.weighted([
          [2, ""],
          [3, ` ${to}`],
          [2, ` ${to} keep`],
          [1, " any"],
        ]);
        const from = where.startsWith(" any") ? 0 : where === "" ? page : to;
        return `${p} mremap ${page} ${pages} ${Math.min(more, 4096 - from)}${where}`;
      }
      case 6:
        return `${p} madvise ${page} ${pages} ${dice.pick(ADVICES)}`;
      case 7:
        return `${p} ${dice.pick(["mlock", "mlock", "munlock", "migrate"])} ${page} ${pages}`;
      default:
        return `${p} ${dice.pick(["heap", "brk", "brk"])} ${page}`;
    }
  }

  #access(): string {
    const dice = this.#dice;
    const p = dice.pick(this.#live);
    const [page, pages] = this.#range();
    switch (dice.below(8)) {
      case 0:
      case 1:
        return `${p} read ${page}`;
      case 2:
      case 3:
      case 4:
        return `${p} write ${page} ${dice.pick(["0", "7", "7", "0xffffffffffffffff", String(dice.magnitude(50))])}`;
      case 5:
      case 6:
        return `${p} touch ${page} ${pages} ${dice.pick(["r", "w"])}`;
      default: {
        const taken = this.#pins.pop();
        if (taken !== undefined && dice.chance(0.6)) return taken;
        if (taken !== undefined) this.#pins.push(taken);
        this.#pins.push(`${p} unpin ${page} ${pages}`);
        return `${p} pin ${page} ${pages} ${dice.pick(["r", "w"])}`;
      }
    }
  }

  #process(): string {
    const dice = this.#dice;
    const p = dice.pick(this.#live);
    if (this.#live.length > 1 && dice.chance(0.3)) {
      this.#live.splice(this.#live.indexOf(p), 1);
      return `${p} exit`;
    }
    if (this.#next > 31) return `${p} read 0`;
    const child = this.#next++;
    this.#live.push(child);
    return `${p} fork ${child}`;
  }

  #machine(): string {
    const dice = this.#dice;
    const many = dice.pick([0, 1, 8, 8, 100, 100, 4294967295]);
    const words = [
      "dump",
      "check",
      "ksm",
      `scan ${dice.between(0, 3)}`,
      `writeback ${many}`,
      `compact ${many}`,
    ];
    if (this.#options.pressure)
      words.push(`reclaim ${many}`, `reclaim ${many}`, `reclaim ${many}`, "swapoff");
    return dice.pick(words);
  }

  #cpu(): string {
    const dice = this.#dice;
    const p = dice.pick(this.#live);
    return dice.weighted([
      [5, `cpu ${p} ${dice.pick([0, 1, 1, 2, 3, 62])}`],
      [1, "sync"],
      [2, `${p} hold ${this.#range()[0]} ${dice.pick(["r", "w"])}`],
      [2, `${p} release`],
      [1, `${p} device ${dice.magnitude(64)}`],
    ]);
  }

  /** Mostly a part of what was mapped lately, or all of it: what meets nothing tests little. */
  #range(): [page: number, pages: number] {
    if (this.#mapped.length > 0 && this.#dice.chance(0.6)) {
      const [start, size] = this.#dice.pick(this.#mapped);
      const skipped = this.#dice.chance(0.6) ? 0 : this.#dice.below(size);
      return [
        start + skipped,
        this.#dice.chance(0.5) ? size - skipped : this.#dice.below(size - skipped + 1),
      ];
    }
    const page = this.#dice.below(this.#span);
    return [page, Math.min(this.#dice.pick(LENGTHS), 4096 - page)];
  }
}
