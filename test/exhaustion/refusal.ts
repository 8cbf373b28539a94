/** Refuses the allocations of an operation, one after the other, each in a fresh run. */
import { coreOf } from "../../dist/engine/engine.js";
import type { Engine } from "../../dist/index.js";
import type { Dump, Outcome } from "../../src/ops/outcome.js";
import { printDump } from "../../src/ops/outcome.js";
import { parseScript } from "../../src/ops/script.js";
import { EngineMachine } from "../support/engines.js";
import { cleanUp, type Scenario } from "./scenarios.js";

/** More allocations than any operation here makes. */
const MOST = 2000;

/** How an undisturbed run ends. */
interface Expected {
  readonly outcome: Outcome;
  readonly dump: string;
}

/** What refusing told about one operation. */
export interface Refusals {
  /** Allocations that the operation makes: as many were refused, one a run. */
  readonly allocations: number;
  /** Runs in which the operation got along without the allocation. */
  readonly survived: number;
}

/** Runs one scenario over and over on an engine of the checked build. */
export class Refuser {
  readonly #engine: Engine;
  readonly #scenario: Scenario;

  constructor(engine: Engine, scenario: Scenario) {
    this.#engine = engine;
    this.#scenario = scenario;
  }

  /**
   * Refuses the first allocation, then the second, and so on until none is refused. Throws when an operation ends in
   * another way than ENOMEM (madvise: EAGAIN) or as if nothing had been refused, when an invariant does not hold after that, when it does
   * not do the same as ever once memory is there again, or when something is left in the end.
   */
  run(): Refusals {
    const expected = this.#undisturbed();
    let survived = 0;
    for (let n = 1; n < MOST; n++) {
      const result = this.#refuse(n, expected);
      if (result === "none refused") return { allocations: n - 1, survived };
      if (result === "survived") survived++;
    }
    throw new Error(`more than ${MOST} allocations`);
  }

  #undisturbed(): Expected {
    const machine = this.#start(1);
    const outcome = this.#operate(machine);
    const dump = this.#dump(machine);
    this.#end(machine);
    return { outcome, dump };
  }

  #refuse(n: number, expected: Expected): "none refused" | "survived" | "failed" {
    const machine = this.#start(n);
    const before = this.#get("failed");
    this.#set("failAfter", n);
    const outcome = this.#operate(machine);
    this.#set("failAfter", 0);
    const refused = this.#get("failed") !== before;
    this.#engine.check();
    const failed = refused && outcome === this.#lacking() && outcome !== expected.outcome;
    if (failed) {
      const again = this.#operate(machine);
      this.#same(again, expected.outcome, `the retry after refusal ${n} answers`);
      this.#engine.check();
    } else {
      this.#same(outcome, expected.outcome, `with refusal ${n} it answers`);
    }
    const pagesOnly = refused && !failed && this.#scenario.leavesSource === true;
    const dump = this.#dump(machine);
    this.#same(
      pagesOnly ? withoutMappings(dump) : dump,
      pagesOnly ? withoutMappings(expected.dump) : expected.dump,
      `after refusal ${n} there is`,
    );
    this.#end(machine);
    if (!refused) return "none refused";
    return failed ? "failed" : "survived";
  }

  /** What the operation answers when it finds no memory. */
  #lacking(): Outcome {
    const { operation } = this.#scenario;
    return typeof operation === "string" && operation.includes(" madvise ") ? "EAGAIN" : "ENOMEM";
  }

  #same(found: Outcome, expected: Outcome, what: string): void {
    if (found !== expected) throw new Error(`${what}\n${found}, expected\n${expected}`);
  }

  /** A machine in which everything before the operation has happened. */
  #start(n: number): EngineMachine {
    const machine = new EngineMachine(this.#engine);
    const outcomes = machine.run(parseScript(this.#scenario.before));
    const wrong = outcomes.findIndex((outcome) => outcome !== 0);
    if (wrong >= 0) throw new Error(`run ${n}: operation ${wrong} before it answers ${outcomes[wrong]}`);
    return machine;
  }

  #operate(machine: EngineMachine): Outcome {
    const { operation, before } = this.#scenario;
    if (typeof operation === "function") return machine.execute(operation(this.#engine));
    // Reading it needs the processes that were made before.
    const [op] = parseScript(`${before}\n${operation}`).slice(-1);
    return op === undefined ? 0 : (machine.run([op])[0] ?? 0);
  }

  /** What is visible, without the count of operations. */
  #dump(machine: EngineMachine): string {
    const dump: Dump = { ...machine.dump(), at: 0 };
    return printDump(dump);
  }

  #end(machine: EngineMachine): void {
    cleanUp(this.#engine);
    machine.close();
    this.#engine.check();
  }

  #get(field: string): number {
    return coreOf(this.#engine).machine.control.view.u32(this.#field(field));
  }

  #set(field: string, value: number): void {
    coreOf(this.#engine).machine.control.view.setU32(this.#field(field), value);
  }

  /** Where a field of the host's own CPU stands. */
  #field(field: string): number {
    const { control, layout } = coreOf(this.#engine).machine;
    return control.cpuBase(control.cpus) + layout.struct("Cpu").offset(field);
  }
}

/** A printed snapshot of the pages alone. */
function withoutMappings(dump: string): string {
  return dump.replaceAll(/"vmas":\[.*?\],"pages"/g, '"pages"');
}
