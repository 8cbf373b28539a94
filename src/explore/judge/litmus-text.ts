/** A small program as a litmus test in C, in the dialect of the Linux-kernel memory model. */

import type { FenceKind } from "../../lkmm/event.js";
import type { Shape, ShapeProcess, ShapeStep, StepAt } from "./shape.js";

/** What stands around a test. */
export interface Heading {
  readonly name: string;
  /** Lines of the comment on top. */
  readonly comment: readonly string[];
  /** The comment of a step, if it has one. */
  readonly about?: (step: ShapeStep, process: ShapeProcess) => string;
}

/** Where a pointer points that no step of the test has stored. */
const NOWHERE = "nowhere";

const FENCES: Readonly<Partial<Record<FenceKind, string>>> = {
  mb: "smp_mb()",
  wmb: "smp_wmb()",
  rmb: "smp_rmb()",
  "read-depends": "smp_read_barrier_depends()",
};

/** The test of a shape: its condition holds in that execution, and as far as the values say in no other. */
export function litmusText(shape: Shape, { name, comment, about }: Heading): string {
  const values = new Values(shape);
  const { locations, pointers } = values;
  const head = comment.length === 0 ? [] : ["(*", ...comment.map((line) => ` * ${line}`.trimEnd()), " *)"];
  const isPointing = pointers.size > 0;
  const init = [
    ...(isPointing ? [`  int ${NOWHERE};`] : []),
    ...[...locations].map((location) =>
      pointers.has(location) ? `  int *${location} = &${NOWHERE};` : `  int ${location};`,
    ),
  ];
  const parameters = [...locations]
    .map((location) => `int *${pointers.has(location) ? "*" : ""}${location}`)
    .join(", ");
  const isLocked = shape.processes.some(({ locked }) => locked);
  const code = shape.processes.map((process, number) => {
    const lines = process.steps.flatMap((step, nth) => [
      ...(process.fences[nth] ?? []).flatMap((fence) => (FENCES[fence] ? [`  ${FENCES[fence]};`] : [])),
      `  ${values.statement(number, nth, step)};${comments(about?.(step, process))}`,
    ]);
    const locked = process.locked ? ["  spin_lock(lock);", ...lines, "  spin_unlock(lock);"] : lines;
    return [`P${number}(${parameters}${isLocked ? ", spinlock_t *lock" : ""})`, "{", ...locked, "}"].join(
      "\n",
    );
  });
  return [`C ${name}`, ...head, "{", ...init, "}", ...code, `exists (${values.condition()})`, ""].join("\n");
}

function comments(text: string | undefined): string {
  return text === undefined || text === "" ? "" : ` // ${text}`;
}

/** The values of a test: a number or a pointer for each store, and what the reads of the execution return. */
class Values {
  readonly locations = new Set<string>();
  /** Locations that hold pointers. */
  readonly pointers = new Set<string>();
  /** By value, which several steps may share: the location that it points to. */
  readonly #points = new Map<string, string>();
  readonly #numbers = new Map<string, number>();

  constructor(readonly shape: Shape) {
    for (const { steps } of shape.processes) for (const { location } of steps) this.locations.add(location);
    this.#each((step, at) => {
      if (step.address === undefined) return;
      const value = this.#read({ ...at, step: step.address });
      if (value !== undefined && !this.#points.has(value)) this.#points.set(value, step.location);
    });
    this.#each((step, at) => {
      if (step.kind === "read") return;
      const value = this.#stored(at);
      if (this.#points.has(value)) this.pointers.add(step.location);
      else if (!this.#numbers.has(value)) this.#numbers.set(value, this.#numbers.size + 1);
    });
  }

  /** The C of a step. */
  statement(process: number, nth: number, step: ShapeStep): string {
    const address = this.#address(process, step);
    const register = `r${nth}`;
    const value = step.kind === "read" ? "" : this.#storing(process, nth, step);
    const at = { process, step: nth };
    const type = this.#points.has(this.#read(at) ?? "") ? "int *" : "int ";
    switch (step.kind) {
      case "read":
        return step.order === "acquire"
          ? `${type}${register} = smp_load_acquire(${address})`
          : `${type}${register} = READ_ONCE(*${address})`;
      case "write":
        return step.order === "release"
          ? `smp_store_release(${address}, ${value})`
          : `WRITE_ONCE(*${address}, ${value})`;
      case "modify":
        return `${type}${register} = xchg${step.order === "full" ? "" : step.order === "once" ? "_relaxed" : `_${step.order}`}(${address}, ${value})`;
    }
  }

  /** What the reads returned, and which store is the last one where there are several. */
  condition(): string {
    const parts: string[] = [];
    this.#each((step, at) => {
      if (step.kind === "write" || step.free) return;
      const value = this.#read(at);
      const register = `${at.process}:r${at.step}`;
      parts.push(`${register}=${value === undefined ? this.#initial(step.location) : this.#constant(value)}`);
    });
    for (const [location, order] of this.shape.orders) {
      const last = order.at(-1);
      if (order.length > 1 && last !== undefined)
        parts.push(`${location}=${this.#constant(this.#stored(last))}`);
    }
    return parts.join(" /\\ ");
  }

  #initial(location: string): string {
    return this.pointers.has(location) ? NOWHERE : "0";
  }

  #constant(value: string): string {
    return this.#points.get(value) ?? String(this.#numbers.get(value) ?? 0);
  }

  /** An expression for the address of a step. */
  #address(process: number, step: ShapeStep): string {
    if (step.address === undefined) return step.location;
    const register = `r${step.address}`;
    const value = this.#read({ process, step: step.address });
    if (value !== undefined && this.#points.get(value) === step.location) return register;
    return `(${step.location} + (${register} ^ ${register}))`;
  }

  /** An expression for what a step stores. */
  #storing(process: number, nth: number, step: ShapeStep): string {
    const value = this.#stored({ process, step: nth });
    if (step.data === undefined) return this.#constant(value);
    const register = `r${step.data}`;
    if (this.#read({ process, step: step.data }) === value) return register;
    return `${this.#constant(value)} + (${register} ^ ${register})`;
  }

  /** The name of what a step reads; undefined: what memory held before. */
  #read({ process, step }: StepAt): string | undefined {
    const source = this.#step({ process, step })?.source;
    return source === undefined ? undefined : this.#stored(source);
  }

  /** The name of what a step stores: what it has read, if it hands that on. */
  #stored(at: StepAt): string {
    const { process } = at;
    const data = this.#step(at)?.data;
    const handed = data === undefined ? undefined : this.#read({ process, step: data });
    return handed ?? `${at.process}.${at.step}`;
  }

  #step({ process, step }: StepAt): ShapeStep | undefined {
    return this.shape.processes[process]?.steps[step];
  }

  #each(visit: (step: ShapeStep, at: StepAt) => void): void {
    for (const [process, { steps }] of this.shape.processes.entries())
      for (const [step, of] of steps.entries()) visit(of, { process, step });
  }
}
