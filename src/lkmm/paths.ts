/** All ways through the processes of a litmus test, and the values that its locations can hold. */
import { type Path, TAG } from "./event.js";
import type { Steps } from "./steps.js";
import type { Litmus } from "./syntax.js";
import { type Domain, Thread } from "./thread.js";
import { UNKNOWN, type Value } from "./value.js";

/** Ways through one process before we give up. */
const MOST_PATHS = 200_000;

/** Events of all ways through one process, before we give up: they take some 300 MB. */
const MOST_EVENTS = 1_500_000;

/** There are more ways through a process than we look at. */
export class TooManyPaths extends Error {}

/** The ways through each process; yields after each way. Throws TooManyPaths, TooManyTurns, UnsupportedError. */
export function* pathsOf(test: Litmus): Steps<Path[][]> {
  const values = new Map<string, Set<Value>>();
  for (const [location, value] of test.memory) values.set(location, new Set([value]));
  const learn = (paths: readonly Path[][]): boolean => {
    let isNew = false;
    for (const { events } of paths.flat())
      for (const { kind, location, value } of events) {
        if (kind !== "W" || value === UNKNOWN) continue;
        const known = valuesAt(values, location, test);
        if (known.has(value)) continue;
        known.add(value);
        isNew = true;
      }
    return isNew;
  };
  // First with reads that return anything: a value may justify itself through a branch that it takes.
  learn(yield* everyPath(test, () => [UNKNOWN]));
  const domain: Domain = (location) => [...valuesAt(values, location, test)];
  for (let round = 0; ; round++) {
    const paths = yield* everyPath(test, domain);
    // Each step from value to value takes a write of its own: longer chains are none of this test.
    if (!learn(paths) || round > computedWrites(paths))
      return paths.map((ways) => ways.filter(({ end }) => end === "done"));
  }
}

function* everyPath(test: Litmus, domain: Domain): Steps<Path[][]> {
  const found: Path[][] = [];
  for (const number of test.processes.keys()) found.push(yield* allPaths(test, number, domain));
  return found;
}

/** The most writes of an execution whose value or place comes from reads. */
function computedWrites(paths: readonly Path[][]): number {
  const most = paths.map((ways) =>
    ways.map(
      ({ events }) =>
        events.filter(({ kind, data, addr }) => kind === "W" && data.length + addr.length > 0).length,
    ),
  );
  return most.reduce((sum, counts) => sum + counts.reduce((a, b) => Math.max(a, b), 0), 0);
}

function valuesAt(values: Map<string, Set<Value>>, location: string, test: Litmus): Set<Value> {
  const known = values.get(location) ?? new Set([test.memory.get(location) ?? 0]);
  values.set(location, known);
  return known;
}

/** Every way through a process, dead ends too: one for each row of choices. */
function* allPaths(test: Litmus, number: number, domain: Domain): Steps<Path[]> {
  const process = test.processes[number];
  const paths: Path[] = [];
  if (process === undefined) return paths;
  const choices: number[] = [];
  let size = 0;
  for (let runs = 0; ; runs++) {
    if (runs > MOST_PATHS || size > MOST_EVENTS) throw new TooManyPaths();
    yield;
    const counts: number[] = [];
    const choose = (count: number): number => {
      const place = counts.push(count) - 1;
      choices[place] ??= 0;
      return choices[place];
    };
    const thread = new Thread(test, number, process, choose, domain);
    const path = thread.run();
    if (path.end === "cut") cutTests.add(test);
    paths.push(path);
    size += path.events.length;
    choices.length = counts.length;
    let last = counts.length - 1;
    while (last >= 0 && (choices[last] ?? 0) + 1 >= (counts[last] ?? 0)) last--;
    if (last < 0) return paths;
    choices[last] = (choices[last] ?? 0) + 1;
    choices.length = last + 1;
  }
}

const cutTests = new WeakSet<Litmus>();

/** True when `pathsOf` cut a loop of this test. */
export function wasCut(test: Litmus): boolean {
  return cutTests.has(test);
}

/** True when a way through a process has an access that is not marked. */
export function hasPlain({ events }: Path): boolean {
  return events.some(({ tags }) => (tags & TAG.plain) !== 0);
}
