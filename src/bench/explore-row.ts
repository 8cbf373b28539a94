/** The speed of exploration: of the search alone, on a toy, and of the whole machine, on two first faults with all checks. */
import { Access, type Hook } from "../explore/access.js";
import type { ModelName } from "../explore/models.js";
import { loadMonitor } from "../explore/monitor.js";
import { boundsOf, runnerOf } from "../explore/row.js";
import { BoundedStrategy } from "../explore/strategy/bounded.js";
import type { Scene, Strategy } from "../explore/strategy/strategy.js";
import { spanNet } from "../explore/watch.js";
import { parseRace } from "../scenario/race-file.js";
import { loadModule } from "../wasm/module.js";
import type { EngineSource } from "./engine-source.js";
import { packaged } from "./packaged.js";
import type { Subject } from "./subject.js";

/** Preemptions of all rows. */
const PREEMPTIONS = 2;
/** Executions of one call: a search that begins anew has another mean length. */
const EXECUTIONS = 500;

const FAULTS = `title Two first faults
story Two CPUs make the first faults of one mapping.
source none
watch I1
cpu
  0 mmap 0 1 rw private anon
explore
setup
  0 mmap 0 2 rw private anon
cpu
  0 write 0 1
cpu
  0 write 1 2
`;

/** A row of exploration. One operation is one execution. */
export async function exploreSubject(name: string, source: EngineSource): Promise<Subject> {
  let executions = 0;
  const run = name === "explore-toy" ? toy() : await faults(source, name === "explore-weak" ? "lkmm" : "sc");
  const call = (): void => {
    executions += run();
  };
  return packaged(name, call, () => executions, undefined, source.engine);
}

/**
 * Two first faults in a memory model, as `rmap explore` runs them: invariants, final state, and the net over plain
 * accesses. A search that meets a new contended word starts over, and what it did before counts.
 */
async function faults(source: EngineSource, model: ModelName): Promise<() => number> {
  const module = await loadModule(await source.options("model"));
  const scenario = parseRace(FAULTS, { file: "two-faults.race", name: "two-faults" });
  const runner = runnerOf({ scenario, module, monitor: await loadMonitor() }, false, model);
  runner.net = spanNet(runner.machine, module);
  const bounds = boundsOf({ strategy: "bounded", model, preemptions: PREEMPTIONS, seed: 1 });
  const make = (): Strategy => new BoundedStrategy(bounds);
  return () => {
    const { executions, repeated, finding } = runner.explore(make, { executions: EXECUTIONS });
    if (finding !== undefined) throw new Error(`two first faults: ${finding.message}`);
    return executions + repeated;
  };
}

/** Accesses of each of the toy's two fibers. */
const LENGTH = 8;
const WORDS = 4;

/** A machine of two fibers that store to and load from a few words: nothing but the strategy takes time. */
class Toy implements Scene {
  readonly cpus = 2;
  readonly plain: readonly number[] = [];
  readonly #words = new Uint32Array(WORDS);
  readonly #done = new Uint8Array(2);
  readonly #accesses: readonly (readonly Access[])[];

  constructor() {
    const hooks = (["store", "load"] as const).map(
      (kind): Hook => ({ name: kind, kind, bits: 32, order: "once" }),
    );
    this.#accesses = [0, 1].map((cpu) =>
      Array.from({ length: LENGTH }, (_, i) => {
        const hook = hooks[(i + cpu) % 2] as Hook;
        return new Access().set(hook, i, 8 * ((i + cpu) % WORDS), cpu * LENGTH + i, 0);
      }),
    );
  }

  pending(cpu: number): Access | undefined {
    return this.#accesses[cpu]?.[this.#done[cpu] as number];
  }

  looks(): boolean {
    return false;
  }

  held(): number {
    return 0;
  }

  /** Runs once by the strategy's decisions. */
  execute(strategy: Strategy): void {
    const [words, done] = [this.#words.fill(0), this.#done.fill(0)];
    let current = -1;
    for (let left = 2 * LENGTH; left > 0; left--) {
      const runnable = ((done[0] as number) < LENGTH ? 1 : 0) | ((done[1] as number) < LENGTH ? 2 : 0);
      current = strategy.next(this, runnable, current);
      const access = this.pending(current) as Access;
      if (access.hook.kind === "store") words[access.at >>> 3] = access.value as number;
      done[current] = (done[current] as number) + 1;
    }
  }
}

function toy(): () => number {
  const machine = new Toy();
  return () => {
    const strategy = new BoundedStrategy(PREEMPTIONS);
    let executions = 0;
    for (; strategy.begin(); executions++) machine.execute(strategy);
    return executions;
  };
}
