/** Random programs under random interleavings: the waits keep the order rule, and nothing can deadlock. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.js";
import { Fidelity } from "../../src/replay/fidelity.js";
import { Schedule } from "../../src/replay/schedule.js";
import { ModelMachine } from "./model-machine.js";

const KINDS = [
  "access",
  "access",
  "access",
  "touch",
  "write",
  "write",
  "change",
  "fork",
  "exit",
  "exec",
  "file",
  "map",
] as const;

interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly space: number;
  readonly cpu: number;
}

interface Logged {
  /** Domains that the operation reads, and those it changes: spaces as they are, files as -slot. */
  readonly uses: number[];
  readonly changes: number[];
  /** The page that a write stores to, with its space. */
  readonly wrote?: string;
}

const steps = fc.array(
  fc.record<Step>({ kind: fc.constantFrom(...KINDS), space: fc.nat(5), cpu: fc.nat(7) }),
  { minLength: 40, maxLength: 300, size: "max" },
);

/** Pushes steps as a valid program and returns what must be kept in order. */
async function play(program: Step[], cpus: number, seeds: number[]) {
  let draw = 0;
  const choose = (count: number) => (seeds[draw++ % seeds.length] as number) % count;
  const capacity = 16 * (2 * cpus + 1);
  const machine = new ModelMachine(cpus, capacity, choose, 2 ** 32 - 100);
  const { codes } = machine;
  const fidelity = new Fidelity(codes, machine.spaces);
  const schedule = new Schedule(machine, fidelity);
  const log: Logged[] = [];
  const executed: number[] = [];
  const places = new Map<string, number>();
  const counters = Array.from({ length: cpus }, () => 0);

  // Records are found again by CPU and index; waits count as records too.
  const push = machine.push.bind(machine);
  machine.push = (cpu, op, ...rest) => {
    push(cpu, op, ...rest);
    if (op !== codes.OP_WAIT) places.set(`${cpu}:${counters[cpu]}`, log.length - 1);
    counters[cpu] = (counters[cpu] as number) + 1;
  };
  const run = async () => {
    await schedule.run();
    for (const { cpu, index } of machine.order) executed.push(places.get(`${cpu}:${index}`) as number);
    places.clear();
    counters.fill(0);
  };
  const say = (logged: Logged, ...record: Parameters<Schedule["push"]>) => {
    log.push(logged);
    schedule.push(...record);
  };

  const live = new Set<number>();
  let files = 0;
  for (const { kind, space, cpu } of program) {
    if (schedule.full) await run();
    if (!live.has(space)) {
      live.add(space);
      say({ uses: [], changes: [space] }, codes.OP_SPAWN, 0, space, 0, 0, 0, 0, cpu);
      continue;
    }
    const free = [0, 1, 2, 3, 4, 5].find((slot) => !live.has(slot));
    if (kind === "access") {
      say({ uses: [space], changes: [] }, codes.OP_READ, 0, space, 0, 4096, 0, 0, cpu);
    } else if (kind === "touch") {
      say({ uses: [space], changes: [] }, codes.OP_TOUCH, 0, space, 0, 4096, 2, 0, cpu);
    } else if (kind === "write") {
      // Two pages a space, by the CPU's number, so that CPUs meet.
      const page = cpu & 1;
      const logged = { uses: [space], changes: [], wrote: `${space}:${page}` };
      say(logged, codes.OP_WRITE, 0, space, 0, 4096 + 4096 * page, 1, 0, cpu >> 1);
    } else if (kind === "fork" && free !== undefined) {
      live.add(free);
      say({ uses: [], changes: [space, free] }, codes.OP_FORK, 0, space, free, 0, 0, 0, cpu);
    } else if (kind === "exit") {
      live.delete(space);
      say({ uses: [], changes: [space] }, codes.OP_EXIT, 0, space, 0, 0, 0, 0, cpu);
    } else if (kind === "exec") {
      say({ uses: [], changes: [space] }, codes.OP_EXEC, 0, space, 0, 0, 0, 0, cpu);
    } else if (kind === "file") {
      files++;
      say({ uses: [], changes: [-files] }, codes.OP_FILE, 0, 0, files, 16, 0, 0, cpu);
    } else if (kind === "map" && files > 0) {
      const file = 1 + (space % files);
      say(
        { uses: [-file], changes: [space] },
        codes.OP_MMAP,
        0,
        space,
        3 | (0x12 << 8),
        4096,
        4096,
        file * 2 ** 40,
        cpu,
      );
    } else {
      say({ uses: [], changes: [space] }, codes.OP_MUNMAP, 0, space, 0, 4096, 4096, 0, cpu);
    }
  }
  await run();
  return { machine, schedule, log, executed };
}

describe("schedule", () => {
  it("keeps the order rule under every interleaving", async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
        async (program, cpus, seeds) => {
          const { machine, log, executed } = await play(program, cpus, seeds);
          expect(machine.errors).toEqual([]);
          expect([...executed].sort((x, y) => x - y)).toEqual(log.map((_, i) => i));
          const when = new Map(executed.map((id, at) => [id, at]));
          const at = (id: number) => when.get(id) as number;
          for (let later = 0; later < log.length; later++) {
            const { uses, changes, wrote } = log[later] as Logged;
            for (let earlier = 0; earlier < later; earlier++) {
              const before = log[earlier] as Logged;
              // Making a file does not wait for its mappings' accesses; those are in the spaces' domains.
              const ordered =
                before.changes.some((d) => uses.includes(d) || changes.includes(d)) ||
                before.uses.some((d) => d >= 0 && changes.includes(d)) ||
                (wrote !== undefined && wrote === before.wrote);
              if (ordered) expect(at(earlier)).toBeLessThan(at(later));
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("waits once for what is known already, and never on one CPU", async () => {
    const many: Step[] = Array.from({ length: 40 }, (_, i) => ({
      kind: "access",
      space: 0,
      cpu: i === 0 ? 0 : 1,
    }));
    expect((await play(many, 2, [0])).schedule.waits).toBe(1);
    expect((await play(many, 1, [0])).schedule.waits).toBe(0);
  });

  it("wants rings that hold what one event makes", () => {
    const machine = new ModelMachine(2, 64);
    expect(() => new Schedule(machine, new Fidelity(machine.codes, 1))).toThrow(UsageError);
  });
});
