/** A campaign: inputs of some kinds in turn, until a count or a time is reached, and what they came to. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argumentsIn, writeEntries } from "./folder.js";
import { makeInput } from "./generators.js";
import { type Input, type Kind, repeatCommand } from "./input.js";
import { type Failure, judge, signatureOf } from "./judge.js";
import { type Places, Runner } from "./runner.js";
import type { Seeds } from "./seeds.js";
import { shrink } from "./shrink.js";

/** What a campaign is asked for. */
export interface CampaignOptions {
  readonly kinds: readonly Kind[];
  readonly seed: number;
  /** Rounds; a round is one input of each kind, of variants only every twentieth. */
  readonly count?: number;
  readonly minutes?: number;
  /** Only this number of each kind. */
  readonly only?: number;
  /** First number; 0 unless said otherwise. */
  readonly from?: number;
  /** Folder that failing inputs are saved in; nothing is saved or made smaller without. */
  readonly save?: string;
  /** Ends the campaign at the first failure that this accepts. */
  readonly until?: (found: Found) => boolean;
  readonly onFound?: (found: Found) => void;
  readonly onProgress?: (inputs: number) => void;
}

/** A failure and the first input that showed it. */
export interface Found extends Failure {
  readonly kind: Kind;
  readonly index: number;
  readonly shape: string;
  readonly signature: string;
  /** How many inputs showed it. */
  times: number;
  readonly repeat: string;
  /** Folder of the saved input. */
  readonly saved?: string;
}

/** Figures of one kind. */
interface KindFigures {
  inputs: number;
  /** Inputs that got past their reader and ran. */
  ran: number;
  /** Milliseconds of CPU that the product used. */
  cpu: number;
  milliseconds: number;
}

/** What a campaign came to. */
export interface CampaignResult {
  readonly seed: number;
  readonly kinds: Readonly<Partial<Record<Kind, KindFigures>>>;
  readonly found: readonly Found[];
  readonly seconds: number;
}

/** A variant compiles: one in so many rounds. */
const VARIANT_ROUNDS = 20;
const SHRINKING = { runs: 300, milliseconds: 15_000 };

/** Runs a campaign. */
export async function runCampaign(
  options: CampaignOptions,
  places: Places,
  seeds: Seeds,
): Promise<CampaignResult> {
  const campaign = new Campaign(options, new Runner(places), seeds);
  try {
    return await campaign.run();
  } finally {
    await campaign.close();
  }
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #runner: Runner;
  readonly #seeds: Seeds;
  readonly #kinds: Partial<Record<Kind, KindFigures>> = {};
  readonly #found = new Map<string, Found>();
  readonly #began = performance.now();
  #done = false;

  constructor(options: CampaignOptions, runner: Runner, seeds: Seeds) {
    this.#options = options;
    this.#runner = runner;
    this.#seeds = seeds;
  }

  async run(): Promise<CampaignResult> {
    const {
      kinds,
      only,
      from = 0,
      count = Number.POSITIVE_INFINITY,
      minutes = Number.POSITIVE_INFINITY,
    } = this.#options;
    const until = this.#began + minutes * 60_000;
    let inputs = 0;
    for (let round = only ?? from; !this.#done; round++) {
      if (round - from >= count && only === undefined) break;
      for (const kind of kinds) {
        if (this.#done || performance.now() > until) break;
        const alone = kinds.length === 1;
        if (kind === "variant" && !alone && round % VARIANT_ROUNDS !== 0) continue;
        const index = kind === "variant" && !alone ? round / VARIANT_ROUNDS : round;
        await this.#input(kind, index);
        this.#options.onProgress?.(++inputs);
      }
      if (only !== undefined || performance.now() > until) break;
    }
    const seconds = (performance.now() - this.#began) / 1000;
    return { seed: this.#options.seed, kinds: this.#kinds, found: [...this.#found.values()], seconds };
  }

  close(): Promise<void> {
    return this.#runner.close();
  }

  async #input(kind: Kind, index: number): Promise<void> {
    const began = performance.now();
    const input = makeInput(kind, this.#options.seed, index, this.#seeds);
    const outcome = await this.#runner.run(input);
    const figures = this.#kinds[kind] ?? { inputs: 0, ran: 0, cpu: 0, milliseconds: 0 };
    this.#kinds[kind] = figures;
    figures.inputs++;
    if (outcome.ran) figures.ran++;
    figures.cpu += outcome.cpu;
    figures.milliseconds += performance.now() - began;
    for (const failure of judge(input, outcome)) await this.#note(input, failure);
  }

  async #note(input: Input, failure: Failure): Promise<void> {
    const signature = signatureOf(input, failure);
    const known = this.#found.get(signature);
    if (known) {
      known.times++;
      return;
    }
    const { kind, index, shape } = input;
    const { save, until, onFound } = this.#options;
    const saved = save === undefined ? {} : { saved: await this.#save(input, failure, save) };
    const found: Found = {
      ...failure,
      kind,
      index,
      shape,
      signature,
      times: 1,
      repeat: repeatCommand(input),
      ...saved,
    };
    this.#found.set(signature, found);
    onFound?.(found);
    if (until?.(found)) this.#done = true;
  }

  /** Saves the input as it was and made smaller; returns the folder's name. */
  async #save(input: Input, failure: Failure, save: string): Promise<string> {
    const folder = join(save, `${input.kind}-${input.seed}-${input.index}`);
    rmSync(folder, { recursive: true, force: true });
    writeEntries(input, join(folder, "whole"));
    const small = await shrink(
      input,
      async (candidate) =>
        judge(candidate, await this.#runner.run(candidate)).some(({ rule }) => rule === failure.rule),
      SHRINKING,
    );
    writeEntries(small, join(folder, "small"));
    mkdirSync(folder, { recursive: true });
    const command = input.calls
      ? `${small.calls?.map((call) => JSON.stringify(call)).join("\n")}`
      : `rmap ${argumentsIn(input.args, "small")
          .map((arg) => JSON.stringify(arg))
          .join(" ")}`;
    const text = [
      `${failure.rule}: ${failure.detail}`,
      `shape: ${input.shape}, ${input.way}`,
      repeatCommand(input),
      command,
    ];
    writeFileSync(join(folder, "failure.txt"), `${text.join("\n")}\n`);
    return folder;
  }
}
