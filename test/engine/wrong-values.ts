/** Values that make no sense, by what an argument should be, and the handles whose calls get them. */
import {
  AddressSpace,
  type Batch,
  type BatchCpu,
  type DirtyTracking,
  Engine,
  EngineFile,
  type MissingRange,
  type Pin,
} from "../../dist/index.js";

export const PAGE = 4096;

/** What cannot even be printed. */
export const hostile = {
  valueOf() {
    throw new Error("valueOf was called");
  },
  toString() {
    throw new Error("toString was called");
  },
};

/** What is no value of any argument here, but of those that take objects. */
export const NEVER = ["8M", null, Symbol("s"), true, [], [8], () => 8, hostile];
/** What is no number of bytes or pages. */
export const NO_NUMBER = [...NEVER, 8n, {}, Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 2 ** 60];
/** What is no content of a page that has bytes. */
export const NO_PAGE = [
  "8M",
  Symbol("s"),
  true,
  [],
  [8],
  5,
  5n,
  {},
  hostile,
  new Uint16Array(2),
  new Uint8Array(PAGE + 1),
];
/** What is no name. */
export const NO_TEXT = [undefined, null, 5, Symbol("s"), {}, hostile];

/** A machine of each kind of handle; a table's calls take one argument of theirs from outside. */
export interface Subjects {
  readonly engine: Engine;
  readonly space: AddressSpace;
  readonly page: number;
  readonly file: EngineFile;
  readonly pin: Pin;
  readonly changes: DirtyTracking;
  readonly range: MissingRange;
  readonly batch: Batch;
  readonly cpu: BatchCpu;
  /** Another engine, and an address space of the first that has ended. */
  readonly other: Engine;
  readonly ended: AddressSpace;
  /** What is no address space of the engine that lives. */
  readonly noSpace: readonly unknown[];
}

/** Makes them, and another engine of which nothing may be taken. */
export async function makeSubjects(): Promise<Subjects> {
  const engine = await Engine.create({ cpus: 1, content: "full", memory: 2 ** 20, spaces: 16 });
  const other = await Engine.create({ memory: 2 ** 20 });
  const space = engine.spawn();
  const page = space.mmap(4 * PAGE);
  space.write(page, 1n);
  const ended = engine.spawn();
  ended.exit();
  const noSpace = [
    ...NEVER,
    undefined,
    5,
    {},
    ended,
    other.spawn(),
    Object.create(AddressSpace.prototype),
    { ...space },
    engine.file(1),
  ];
  const batch = engine.batch();
  const changes = space.trackDirty();
  const range = space.onMissing(space.mmap(PAGE), PAGE, () => {});
  const mine = { file: engine.file(4), pin: space.pin(page), changes, range, batch, cpu: batch.on(0) };
  return { engine, other, space, ended, page, ...mine, noSpace };
}

/** A call with one of its arguments from outside. The argument has no value of any type, and so fits each. */
type Call = (subjects: Subjects, bad: never) => unknown;
/** Calls a method with any number of arguments of any type, as JavaScript may. */
export function call(target: object, method: PropertyKey, ...args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(target, method), target, args);
}

/** A call, and what it must refuse there. */
export type Row = readonly [
  call: Call,
  bad: readonly unknown[] | ((subjects: Subjects) => readonly unknown[]),
];

/** What does not stand for a number that must be given. */
export const required = [...NO_NUMBER, undefined];
export const noWord = [
  ...NEVER,
  undefined,
  "42",
  1.5,
  -1,
  2 ** 53,
  Number.NaN,
  -1n,
  1n << 64n,
  1n << 70n,
  -(1n << 200n),
];
export const noAccess = [...NEVER, 5, {}, "wirte", "READ", ""];
export const noOptions = [...NEVER, 5, 5n, { sharde: true }];
export const noProtection = [...NEVER, undefined, 5, {}, "", "wr", "rwxr", "RW"];
export const noAdvice = [...NEVER, undefined, 4, {}, "dontnead", "DONTNEED", "", "constructor"];
export const noFlag = ["yes", 1, 0, null, {}, hostile, Symbol("s")];
export const noFile = ({ other, space }: Subjects) => [
  ...NEVER,
  1,
  {},
  other.file(1),
  Object.create(EngineFile.prototype),
  space,
];
export const options = [{ cpus: 1 }, { force: true }, {}];
export const noFunction = [undefined, null, 5, "run", {}, hostile, Promise.resolve()];
export const noRecord = [
  ...NEVER,
  undefined,
  {},
  { op: 99 },
  { op: "READ" },
  { op: 12, spce: 0 },
  { op: 12, space: 70_000 },
  { op: 12, a: -1 },
  { op: 12, a: 1n << 64n },
  { op: 12, b: 1.5 },
  { op: 12, aux: hostile },
  { op: 21 },
  { op: 36, a: 1, aux: 1 },
];
