/** Selects the rows of an exploration, compiles their protocols, explores several rows at once, and compares each with what is expected. */

import { compileAll } from "../build/compile-all.js";
import type { ChangedDeclaration } from "../build/counted.js";
import { modelUrl } from "../explore-files.js";
import { cacheFolder } from "../platform/cache-folder.js";
import { rowArguments } from "../scenario/command-line.js";
import type { Scenario } from "../scenario/race.js";
import { MAINLINE, type Variant, verdictOf } from "../scenario/variant.js";
import { type Expected, expectedIn, isNamed, type Verdict } from "../scenario/verdict.js";
import { loadModule } from "../wasm/module.js";
import { Families } from "./families.js";
import { ANSWERED, isWeak, type ModelName, WEAKEST } from "./models.js";
import { loadMonitor } from "./monitor.js";
import type { BoundedCheck, RowFinding, RowProgress, RowReport } from "./row-report.js";
import { boundsOf, type ExploreSettings } from "./row-settings.js";
import { RowThread } from "./row-thread.js";
import type { Part } from "./strategy/bounded.js";

/** A row to explore. */
export interface ExploreRow {
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly verdict: Verdict;
  /** Default: sc. */
  readonly model?: ModelName;
  /** Worth to be split; it learns its contended words first. See `isLarge`. */
  readonly large?: boolean;
  /** Its number in the whole run, from 1 on, where the run is a piece of it or is saved. */
  readonly row?: number;
  /** Explore only this part of it. */
  readonly part?: Part;
}

/** The bounds of a row, as printed. */
interface Bounds {
  readonly preemptions?: number;
  /** The most stale reads, and the most of both together: of a weak model. */
  readonly stale?: number;
  readonly together?: number;
  readonly executions?: number;
}

/** A row's result in the printed form. */
export interface ExploreResultRow {
  readonly scenario: string;
  readonly variant: string;
  readonly model: ModelName;
  readonly strategy: string;
  readonly bounds: Bounds;
  readonly executions: number;
  readonly steps: number;
  readonly contended: number;
  readonly states: number;
  readonly seconds: number;
  /** True when nothing is left to try within the bounds. After a finding the rest is not tried. */
  readonly complete: boolean;
  /** dpor: the same row by bounded search. */
  readonly checked?: BoundedCheck;
  /**
   * One search in a machine that is weaker than lkmm, alpha and pairwise found nothing, and answers for the rows of all
   * three. Its seconds stand in the first of them.
   */
  readonly answeredBy?: typeof WEAKEST;
  /** What of the variant's own declarations ran, and how often another CPU met it in the first executions. */
  readonly changed?: readonly ChangedDeclaration[];
  readonly expected: Expected;
  /** For an expected bug: its possible findings. */
  readonly by?: readonly string[];
  readonly found:
    | null
    | (Omit<RowFinding, "model"> & { readonly strongestModel: ModelName; readonly command: string });
  readonly asExpected: boolean;
  /** The row's number in the whole run, from 1 on. */
  readonly row?: number;
  /** The part that was explored. Parts with the same `words` and `trunk` are parts of one search. */
  readonly part?: {
    readonly index: number;
    readonly of: number;
    readonly words: string;
    readonly trunk?: number;
  };
}

/** The most preemptions with which an expected bug is looked for. */
const MOST_PREEMPTIONS = 3;

const CLEAN: Verdict = { expected: "clean", why: "No bug is known." };

/** The verdict on a row: that of its model, or of the next stronger one that has its own. */
function expectedOf({ verdict, model = "sc" }: Pick<ExploreRow, "verdict" | "model">): Expected {
  return expectedIn(verdict, model);
}

/** Whether nothing is expected in any model of which one search answers for the others. */
function isClean(verdict: Verdict): boolean {
  return ANSWERED.every((model) => expectedIn(verdict, model) !== "bug");
}

/**
 * The rows of a variant: the given races, or without any those that it has verdicts on. For mainline and for a user's
 * own folder: all. A race without an explore form has no row, unless it is asked for by name.
 */
export function exploreRowsOf(
  variant: Variant,
  all: readonly Scenario[],
  asked: readonly Scenario[] = [],
): ExploreRow[] {
  const everywhere = variant === MAINLINE || variant.foreign;
  const known = [...all, ...variant.races];
  const scenarios =
    asked.length > 0
      ? asked
      : known.filter(({ name, explore }) => explore && (everywhere || variant.verdicts[name] !== undefined));
  return scenarios
    .filter(
      ({ notOnMainline, name }) =>
        notOnMainline === undefined ||
        variant.verdicts[name] !== undefined ||
        (asked.length > 0 && variant !== MAINLINE),
    )
    .map((scenario) => ({ scenario, variant, verdict: verdictOf(variant, scenario) ?? CLEAN }));
}

/**
 * Preemptions from which on a search is large. With two, the largest row of the catalogue takes a few seconds: less than
 * another machine needs to compile its variant.
 */
const LARGE = 3;
/** Random executions that are worth to be split. */
const MANY = 10_000;

/** Whether a row can be split into parts. */
export function isSplittable(row: ExploreRow, { strategy, executions, replay }: ExploreSettings): boolean {
  if (replay !== undefined || strategy === "dpor") return false;
  // An expected bug ends its search early, and a limit is about the search as a whole.
  return strategy !== "bounded" || (expectedOf(row) !== "bug" && executions === undefined);
}

/** Whether a row is worth to be split. It depends on nothing that only a run shows: each shard must know it. */
export function isLarge(row: ExploreRow, settings: ExploreSettings): boolean {
  if (!isSplittable(row, settings)) return false;
  const { strategy, preemptions, executions = 0 } = settings;
  return strategy === "bounded" ? preemptions >= LARGE : executions > MANY;
}

/** What the caller hears of. */
export interface ExploreListener {
  /** A row is being explored. */
  onProgress?(row: ExploreRow, progress: RowProgress): void;
  /** A row is done. Rows end in any order. */
  onResult?(result: ExploreResultRow, row: ExploreRow): void;
}

/** Threads that explore rows. An interrupt disposes of them. */
export class ExploreSuite {
  readonly #rows: readonly ExploreRow[];
  readonly #settings: ExploreSettings;
  readonly #workers: number;
  readonly #covers: boolean;
  readonly #threads = new Set<RowThread>();
  #stopped = false;

  /** `covers`: count what runs of the variants' own declarations. */
  constructor(rows: readonly ExploreRow[], settings: ExploreSettings, workers: number, covers = false) {
    this.#covers = covers;
    this.#rows = rows;
    this.#settings = settings;
    this.#workers = workers;
  }

  /**
   * Explores all rows, `workers` at once. Throws OverlayError and BuildError for a folder that does not compile, and
   * what `RowThread.explore` throws.
   */
  async run(listener: ExploreListener = {}): Promise<ExploreResultRow[]> {
    const monitor = await loadMonitor();
    const variants = this.#rows.map(({ variant }) => variant);
    const modules = modulesOf(variants, this.#covers);
    const results: ExploreResultRow[] = new Array(this.#rows.length);
    const places = new Map(this.#rows.map((row, place) => [row, place]));
    const families = new Families(this.#rows, (row) => this.#mayBelong(row));
    const waiting = [...families.groups];
    const lane = async (): Promise<void> => {
      let thread: RowThread | undefined;
      let group: readonly ExploreRow[] = [];
      for (;;) {
        if (group.length === 0) group = waiting.shift() ?? [];
        const [row, ...others] = group;
        if (row === undefined || this.#stopped) break;
        group = others;
        const module = await (modules.get(row.variant) as Promise<WebAssembly.Module>);
        if (!thread?.isUsable) {
          thread = new RowThread();
          this.#threads.add(thread);
        }
        const learns = row.large === true && this.#settings.strategy === "bounded";
        const settings = {
          ...this.#settings,
          ...(row.model !== undefined && { model: row.model }),
          ...(learns && { learn: true }),
          ...(row.part && { part: row.part }),
        };
        const explore = (weakest = false): Promise<RowReport> =>
          (thread as RowThread).explore(
            {
              scenario: row.scenario,
              module,
              monitor,
              settings: weakest ? { ...settings, weakest } : settings,
            },
            (progress) => listener.onProgress?.(row, progress),
          );
        const answer = await families.answer(row, () => explore(true));
        if (answer !== undefined) {
          const { report, isFirst } = answer;
          const result = resultOf(row, settings, isFirst ? report : { ...report, seconds: 0 });
          this.#tell(results, places.get(row) ?? 0, row, { ...result, answeredBy: WEAKEST }, listener);
          continue;
        }
        let report = await explore();
        // A bug that is known to be there may need one preemption more.
        while (this.#mayDeepen(row, report, settings.preemptions)) {
          settings.preemptions++;
          report = await explore();
        }
        this.#tell(results, places.get(row) ?? 0, row, resultOf(row, settings, report), listener);
      }
      await thread?.dispose();
    };
    try {
      await Promise.all(Array.from({ length: Math.min(this.#workers, this.#rows.length) }, lane));
    } finally {
      await this.dispose();
    }
    return results;
  }

  /** Keeps a result, and tells the listener. */
  #tell(
    results: ExploreResultRow[],
    place: number,
    row: ExploreRow,
    result: ExploreResultRow,
    listener: ExploreListener,
  ): void {
    results[place] = result;
    listener.onResult?.(result, row);
  }

  /** Whether one search may answer for a row and others. */
  #mayBelong(row: ExploreRow): boolean {
    const { strategy, executions, replay } = this.#settings;
    const isWhole = strategy === "bounded" && executions === undefined && replay === undefined;
    return isWhole && !this.#covers && row.part === undefined && isClean(row.verdict);
  }

  /** Whether to look for an expected bug with one preemption more. */
  #mayDeepen(row: ExploreRow, { complete, found }: RowReport, preemptions: number): boolean {
    const { strategy } = this.#settings;
    const missed = expectedOf(row) === "bug" && complete && found === undefined;
    return missed && strategy === "bounded" && preemptions < MOST_PREEMPTIONS && !this.#stopped;
  }

  /** Ends every thread. */
  async dispose(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#threads].map((thread) => thread.dispose()));
  }
}

/** The model build of each variant: the package's own for mainline, the others compiled, several at once. */
function modulesOf(variants: readonly Variant[], cover: boolean): Map<Variant, Promise<WebAssembly.Module>> {
  const distinct = [...new Set(variants)];
  const compiled = distinct.filter(({ layers }) => layers.length > 0);
  const engines = compileAll(
    compiled.map(({ layers }) => ({ target: "model", overlays: [layers], cover })),
    { cache: cacheFolder() },
  );
  const modules = new Map<Variant, Promise<WebAssembly.Module>>();
  for (const [i, variant] of compiled.entries()) {
    const module = (engines[i] as (typeof engines)[number]).then(({ wasm }) =>
      WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>),
    );
    // Its row reports it.
    module.catch(() => {});
    modules.set(variant, module);
  }
  for (const variant of distinct) {
    if (!modules.has(variant)) modules.set(variant, loadModule({ wasmUrl: modelUrl() }));
  }
  return modules;
}

/** The command that shows a finding again. A race on plain accesses has no string, so its command explores again. */
function commandOf(
  { scenario, variant }: ExploreRow,
  { strategy, preemptions, stale, seed, executions }: ExploreSettings,
  { replay, model }: RowFinding,
): string {
  const option = model === "sc" ? "" : ` --model ${model}`;
  const command = `rmap explore ${rowArguments(scenario, variant)}${option}`;
  if (replay !== "") return `${command} --replay "${replay}"`;
  const options = [
    `--strategy ${strategy}`,
    strategy === "pct" || strategy === "random" ? `--seed ${seed}` : `--preemptions ${preemptions}`,
    ...(stale !== undefined && isWeak(model) ? [`--stale ${stale}`] : []),
    ...(executions === undefined ? [] : [`--executions ${executions}`]),
  ];
  return [command, ...options].join(" ");
}

/** The printed form of a part. Only an exhaustive search depends on which words are contended. */
function partOf({ index, of }: Part, { words, trunk }: RowReport, strategy: string) {
  return {
    ...{ index: index + 1, of, words: strategy === "bounded" ? words : "" },
    ...(trunk !== undefined && { trunk }),
  };
}

/** The bounds of a bounded search, as printed: in sc there are only preemptions. */
function boundsShown(settings: ExploreSettings): Bounds {
  const bounds = boundsOf(settings);
  return isWeak(settings.model ?? "sc") ? bounds : { preemptions: bounds.preemptions };
}

function foundOf(of: ExploreRow, settings: ExploreSettings, found: RowFinding) {
  const { model, ...rest } = found;
  return { ...rest, strongestModel: model, command: commandOf(of, settings, found) };
}

/** The printed form of a row's report. */
function resultOf(of: ExploreRow, settings: ExploreSettings, report: RowReport): ExploreResultRow {
  const { scenario, variant, verdict, row, part, model = "sc" } = of;
  const { strategy, executions, replay } = settings;
  const { found } = report;
  const expected = expectedOf(of);
  const asExpected =
    expected === "bug"
      ? found !== undefined && isNamed(found, verdict.by)
      : found === undefined && (report.complete || report.checked?.complete === true || replay !== undefined);
  return {
    ...{
      scenario: scenario.name,
      variant: variant.name,
      model,
      strategy: replay === undefined ? strategy : "replay",
    },
    bounds: {
      ...(strategy === "bounded" && replay === undefined && boundsShown(settings)),
      ...(executions !== undefined && { executions }),
    },
    ...{
      executions: report.executions,
      steps: report.steps,
      contended: report.contended,
      states: report.states,
    },
    seconds: Math.round(report.seconds * 1000) / 1000,
    complete: report.complete,
    ...(report.checked && { checked: report.checked }),
    ...(report.changed && { changed: report.changed }),
    expected,
    ...(verdict.by && expected === "bug" && { by: verdict.by }),
    found: found === undefined ? null : foundOf(of, settings, found),
    asExpected,
    ...(row !== undefined && { row }),
    ...(part && { part: partOf(part, report, strategy) }),
  };
}
