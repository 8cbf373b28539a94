/** Every argument of every public method, with values that make no sense: UsageError at once, and nothing has run. */

import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as library from "../../dist/index.js";
import {
  AddressSpace,
  type Batch,
  type BatchCpu,
  Engine,
  EngineFile,
  type Pin,
  UsageError,
} from "../../dist/index.js";

const PAGE = 4096;

/** What cannot even be printed. */
const hostile = {
  valueOf() {
    throw new Error("valueOf was called");
  },
  toString() {
    throw new Error("toString was called");
  },
};

/** What is no value of any argument here, but of those that take objects. */
const NEVER = ["8M", null, Symbol("s"), true, [], [8], () => 8, hostile];
const NO_NUMBER = [...NEVER, 8n, {}, Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 2 ** 60];
const NO_TEXT = [undefined, null, 5, Symbol("s"), {}, hostile];

/** A machine of each kind of handle; a table's calls take one argument of theirs from outside. */
interface Subjects {
  readonly engine: Engine;
  readonly space: AddressSpace;
  readonly page: number;
  readonly file: EngineFile;
  readonly pin: Pin;
  readonly batch: Batch;
  readonly cpu: BatchCpu;
}

let subjects: Subjects;
let other: Engine;
/** What is no address space of the engine. Filled before the tests. */
const noSpace: unknown[] = [...NEVER, undefined, 5, {}];

beforeAll(async () => {
  const engine = await Engine.create({ cpus: 1, content: "full", memory: 2 ** 20, spaces: 16 });
  other = await Engine.create({ memory: 2 ** 20 });
  const space = engine.spawn();
  const page = space.mmap(4 * PAGE);
  space.write(page, 1n);
  const ended = engine.spawn();
  ended.exit();
  noSpace.push(
    ended,
    other.spawn(),
    Object.create(AddressSpace.prototype),
    structuredCopy(space),
    engine.file(1),
  );
  const batch = engine.batch();
  subjects = { engine, space, page, file: engine.file(4), pin: space.pin(page), batch, cpu: batch.on(0) };
});

afterAll(async () => {
  await subjects.engine.dispose();
  await other.dispose();
});

function structuredCopy(space: AddressSpace): object {
  return { ...space };
}

/** A call with one of its arguments from outside. */
// biome-ignore lint/suspicious/noExplicitAny: what is wrong with it is what is tried
type Call = (subjects: Subjects, bad: any) => unknown;
type Row = readonly [call: Call, bad: readonly unknown[] | (() => readonly unknown[])];

const required = [...NO_NUMBER, undefined];
const noWord = [
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
const noAccess = [...NEVER, 5, {}, "wirte", "READ", ""];
const noOptions = [...NEVER, 5, 5n, { sharde: true }];
const noProtection = [...NEVER, undefined, 5, {}, "", "wr", "rwxr", "RW"];
const noAdvice = [...NEVER, undefined, 4, {}, "dontnead", "DONTNEED", "", "constructor"];
const noFlag = ["yes", 1, 0, null, {}, hostile, Symbol("s")];
const noFile = () => [...NEVER, 1, {}, other.file(1), Object.create(EngineFile.prototype), subjects.space];
const options = [{ cpus: 1 }, { force: true }, {}];
const noFunction = [undefined, null, 5, "run", {}, hostile, Promise.resolve()];
const noRecord = [
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
];

/** The calls of an address space, from which those of a batch's CPU differ by their first argument only. */
// biome-ignore lint/suspicious/noExplicitAny: the two kinds have the same methods
function ofSpace(on: (subjects: Subjects) => any): Record<string, readonly Row[]> {
  return {
    mmap: [
      [(s, bad) => on(s).mmap(bad), required],
      [(s, bad) => on(s).mmap(PAGE, bad), noOptions],
      [(s, bad) => on(s).mmap(PAGE, { at: bad }), NO_NUMBER],
      [(s, bad) => on(s).mmap(PAGE, { at: s.page, noReplace: bad }), noFlag],
      [(s, bad) => on(s).mmap(PAGE, { noReplace: bad }), [true]],
      [
        (s, bad) => on(s).mmap(PAGE, { protection: bad }),
        noProtection.filter((value) => value !== undefined),
      ],
      [(s, bad) => on(s).mmap(PAGE, { shared: bad }), noFlag],
      [(s, bad) => on(s).mmap(PAGE, { growsDown: bad }), noFlag],
      [(s, bad) => on(s).mmap(PAGE, { file: bad }), noFile],
      [(s, bad) => on(s).mmap(PAGE, { file: s.file, filePage: bad }), [...NO_NUMBER, 2 ** 40]],
      [(s, bad) => on(s).mmap(PAGE, { filePage: bad }), [0, 1]],
    ],
    munmap: [
      [(s, bad) => on(s).munmap(bad, PAGE), required],
      [(s, bad) => on(s).munmap(s.page, bad), required],
      [(s, bad) => on(s).munmap(s.page, PAGE, bad), options],
    ],
    mprotect: [
      [(s, bad) => on(s).mprotect(bad, PAGE, "r"), required],
      [(s, bad) => on(s).mprotect(s.page, bad, "r"), required],
      [(s, bad) => on(s).mprotect(s.page, PAGE, bad), noProtection],
      [(s, bad) => on(s).mprotect(s.page, PAGE, "r", bad), options],
    ],
    mremap: [
      [(s, bad) => on(s).mremap(bad, PAGE, PAGE), required],
      [(s, bad) => on(s).mremap(s.page, bad, PAGE), required],
      [(s, bad) => on(s).mremap(s.page, PAGE, bad), [...required, 2 ** 44]],
      [(s, bad) => on(s).mremap(s.page, PAGE, PAGE, bad), noOptions],
      [(s, bad) => on(s).mremap(s.page, PAGE, PAGE, { to: bad }), NO_NUMBER],
      [(s, bad) => on(s).mremap(s.page, PAGE, PAGE, { mayMove: bad }), noFlag],
      [(s, bad) => on(s).mremap(s.page, PAGE, PAGE, { to: s.page, mayMove: bad }), [false]],
      [(s, bad) => on(s).mremap(s.page, PAGE, PAGE, { dontUnmap: bad }), noFlag],
    ],
    madvise: [
      [(s, bad) => on(s).madvise(bad, PAGE, "cold"), required],
      [(s, bad) => on(s).madvise(s.page, bad, "cold"), required],
      [(s, bad) => on(s).madvise(s.page, PAGE, bad), noAdvice],
      [(s, bad) => on(s).madvise(s.page, PAGE, "cold", bad), options],
    ],
    read: [[(s, bad) => on(s).read(bad), [...required, 4, 4092]]],
    write: [
      [(s, bad) => on(s).write(bad, 1n), [...required, 4, 4092]],
      [(s, bad) => on(s).write(s.page, bad), noWord],
    ],
    touch: [
      [(s, bad) => on(s).touch(bad, 1), required],
      [(s, bad) => on(s).touch(s.page, bad), required],
      [(s, bad) => on(s).touch(s.page, 1, bad), noAccess],
    ],
    exit: [[(s, bad) => on(s).exit(bad), options]],
  };
}

/** A batch's CPU with the address space as the first argument of each call. */
function withSpace({ cpu, space }: Subjects): object {
  return new Proxy(cpu, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => method.call(target, space, ...args);
    },
  });
}

/** What goes behind the address space, where one number is not enough. */
const REST: Record<string, readonly unknown[]> = {
  exit: [],
  munmap: [0, 0],
  mprotect: [0, 0, "rw"],
  mremap: [0, 0, 0],
  madvise: [0, 0, "cold"],
  write: [0, 0n],
  touch: [0, 0],
};

const ofCpu = ofSpace(withSpace);
const spaceFirst = Object.fromEntries(
  Object.entries(ofCpu).map(([name, rows]) => {
    const row: Row = [
      // biome-ignore lint/suspicious/noExplicitAny: the method is looked up by its name
      (s, bad) => (s.cpu as any)[name](bad, ...(REST[name] ?? [0])),
      () => noSpace,
    ];
    return [name, [...rows, row]];
  }),
);

/** Rows of calls by class and method. None: it takes nothing, and cares about nothing that it is given. */
const TABLE: Record<string, Record<PropertyKey, readonly Row[]>> = {
  Engine: {
    [inspect.custom]: [],
    create: [
      [(_, bad) => Engine.create(bad), noOptions],
      [(_, bad) => Engine.create({}, bad as never), options],
      [(_, bad) => Engine.create({ cpus: bad }), [...NO_NUMBER, 64, -1]],
      [(_, bad) => Engine.create({ kswapd: bad }), noFlag],
      [(_, bad) => Engine.create({ checked: bad }), noFlag],
      [(_, bad) => Engine.create({ trusted: bad }), noFlag],
      [(_, bad) => Engine.create({ memory: bad }), [...NO_NUMBER, 0, 100, 2 ** 40]],
      [(_, bad) => Engine.create({ swap: bad }), [...NO_NUMBER, 2 ** 50]],
      [(_, bad) => Engine.create({ store: bad }), [...NO_NUMBER, 2 ** 50]],
      [(_, bad) => Engine.create({ content: bad }), [...noAccess, "bytes", "WORD"]],
      [(_, bad) => Engine.create({ metadata: bad }), NO_NUMBER],
      [(_, bad) => Engine.create({ spaces: bad }), [...NO_NUMBER, 0, 65536]],
      [(_, bad) => Engine.create({ files: bad }), [...NO_NUMBER, 0]],
      [(_, bad) => Engine.create({ queueRecords: bad }), [...NO_NUMBER, 0, 1000]],
      [(_, bad) => Engine.create({ module: bad }), [...NEVER, {}, 5]],
      [(_, bad) => Engine.create({ wasmBytes: bad }), [...NEVER, {}, 5, new ArrayBuffer(8)]],
      [(_, bad) => Engine.create({ wasmUrl: bad }), [5, {}, null, Symbol("s"), hostile, "http://["]],
      [(_, bad) => Engine.create({ threads: bad }), noFunction.slice(1)],
      [
        (_, bad) => Engine.create({ cpus: 1, threads: () => bad }),
        [...NEVER, undefined, {}, Promise.resolve()],
      ],
      [(_, bad) => Engine.create({ readyTimeout: bad }), [...NO_NUMBER, 0]],
      [(_, bad) => Engine.create({ watchdog: bad }), [...NO_NUMBER, 0]],
    ],
    spawn: [[(s, bad) => s.engine.spawn(bad as never), options]],
    file: [
      [(s, bad) => s.engine.file(bad), [...required, 0]],
      [(s, bad) => s.engine.file(1, bad as never), options],
    ],
    batch: [[(s, bad) => s.engine.batch(bad as never), options]],
    check: [[(s, bad) => s.engine.check(bad as never), options]],
    settle: [[(s, bad) => s.engine.settle(bad as never), options]],
    execute: [[(s, bad) => s.engine.execute(bad), [...noRecord, { op: 1, a: 1000 }]]],
    reserve: [[(s, bad) => s.engine.reserve(bad as never), options]],
    exclusive: [[(s, bad) => s.engine.exclusive(bad), noFunction]],
    // One that has ended is fine there: that is what it is for.
    release: [
      [(s, bad) => s.engine.release(bad), () => noSpace.filter((_, index) => index !== NEVER.length + 3)],
    ],
    dispose: [[(s, bad) => s.engine.dispose(bad as never), options]],
    stats: [],
    usage: [],
    peaks: [],
    toJSON: [],
    [Symbol.asyncDispose]: [],
  },
  AddressSpace: {
    [inspect.custom]: [],
    ...ofSpace(({ space }) => space),
    brk: [[(s, bad) => s.space.brk(bad), NO_NUMBER]],
    fork: [[(s, bad) => s.space.fork(bad as never), options]],
    exec: [[(s, bad) => s.space.exec(bad as never), options]],
    whoMaps: [[(s, bad) => s.space.whoMaps(bad), required]],
    pin: [
      [(s, bad) => s.space.pin(bad), required],
      [(s, bad) => s.space.pin(s.page, bad), noAccess],
    ],
    pages: [
      [(s, bad) => s.space.pages(bad), NO_NUMBER],
      [(s, bad) => s.space.pages(0, bad), NO_NUMBER],
    ],
    mappings: [],
    contentHash: [],
  },
  EngineFile: {
    [inspect.custom]: [],
    drop: [],
  },
  Pin: {
    [inspect.custom]: [],
    read: [[(s, bad) => s.pin.read(bad), [...NO_NUMBER, 4, PAGE]]],
    write: [
      [(s, bad) => s.pin.write(bad), noWord],
      [(s, bad) => s.pin.write(1n, bad), [...NO_NUMBER, 4, PAGE]],
    ],
    unpin: [],
    [Symbol.dispose]: [],
  },
  Batch: {
    [inspect.custom]: [],
    on: [[(s, bad) => s.batch.on(bad), [...required, 1]]],
    sync: [[(s, bad) => s.batch.sync(bad as never), options]],
    run: [[(s, bad) => s.batch.run(bad as never), options]],
  },
  BatchCpu: {
    [inspect.custom]: [],
    ...spaceFirst,
    fork: [
      [(s, bad) => s.cpu.fork(bad, s.space), () => noSpace],
      [(s, bad) => s.cpu.fork(s.space, bad), () => noSpace],
      [(s, bad) => s.cpu.fork(s.space, s.space, bad as never), options],
    ],
    operation: [[(s, bad) => s.cpu.operation(bad), noRecord]],
  },
  Layout: {
    of: [[(_, bad) => library.Layout.of(bad), NO_TEXT]],
    constant: [[(s, bad) => s.engine.layout.constant(bad), NO_TEXT]],
    find: [[(s, bad) => s.engine.layout.find(bad), NO_TEXT]],
    constantsWith: [[(s, bad) => s.engine.layout.constantsWith(bad), NO_TEXT]],
    nameOf: [
      [(s, bad) => s.engine.layout.nameOf(bad, 1), NO_TEXT],
      [(s, bad) => s.engine.layout.nameOf("OP_", bad), [...NEVER, 1.5, 1n]],
    ],
    struct: [[(s, bad) => s.engine.layout.struct(bad), NO_TEXT]],
    hasStruct: [[(s, bad) => s.engine.layout.hasStruct(bad), NO_TEXT]],
  },
  Struct: {
    offset: [[(s, bad) => s.engine.layout.struct("Cpu").offset(bad), NO_TEXT]],
    type: [[(s, bad) => s.engine.layout.struct("Cpu").type(bad), NO_TEXT]],
    has: [[(s, bad) => s.engine.layout.struct("Cpu").has(bad), NO_TEXT]],
    fieldsWith: [[(s, bad) => s.engine.layout.struct("Cpu").fieldsWith(bad), NO_TEXT]],
  },
};

/** The library's classes without its errors, which nobody but the library makes. */
const classes = Object.entries(library).filter(
  (entry): entry is [string, new (...args: never[]) => object] =>
    typeof entry[1] === "function" && !(entry[1].prototype instanceof Error),
);

/** Methods of a class, static ones too, by name. */
function methods(made: new (...args: never[]) => object): Map<PropertyKey, (...args: never[]) => unknown> {
  const found = new Map<PropertyKey, (...args: never[]) => unknown>();
  for (const holder of [made, made.prototype]) {
    for (const name of Reflect.ownKeys(holder)) {
      const { value } = Object.getOwnPropertyDescriptor(holder, name) ?? {};
      if (typeof value === "function" && value !== made) found.set(name, value);
    }
  }
  return found;
}

it.each(classes)("has rows for every method of %s", (name, made) => {
  const table = TABLE[name] ?? {};
  const found = methods(made);
  expect(Reflect.ownKeys(table).map(String).sort()).toEqual([...found.keys()].map(String).sort());
  for (const [method, run] of found) {
    // Whoever takes an argument has a row for it at least.
    expect(table[method]?.length, `rows of ${name}.${String(method)}`).toBeGreaterThanOrEqual(run.length);
  }
});

it.each([Engine, AddressSpace, EngineFile, library.Pin, library.Batch, library.BatchCpu])(
  "is not made by `new`: %o",
  (made) => {
    const construct = made as unknown as new (...args: unknown[]) => object;
    expect(() => new construct(subjects.engine, 1)).toThrow(UsageError);
  },
);

/** What a call throws or rejects with; undefined when it does neither. */
async function failure(run: () => unknown): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error ?? null;
  }
}

const described = Object.entries(TABLE).flatMap(([name, table]) =>
  Reflect.ownKeys(table).map((method) => [`${name}.${String(method)}`, table[method] ?? []] as const),
);

describe("values that make no sense are refused before anything runs", () => {
  it.each(described.filter(([, rows]) => rows.length > 0))("%s", async (_, rows) => {
    const { engine } = subjects;
    const before = engine.stats();
    for (const [index, [call, values]] of rows.entries()) {
      for (const [at, bad] of (typeof values === "function" ? values() : values).entries()) {
        const error = await failure(() => call(subjects, bad));
        const where = `argument ${index}, value ${at}`;
        expect(error, where).toBeInstanceOf(UsageError);
        const { message } = error as UsageError;
        expect(message, where).not.toMatch(/undefined:|\[object|was called/);
        if (typeof bad === "bigint" || (typeof bad === "number" && Number.isFinite(bad))) {
          if (message.includes("must be"))
            expect(
              shown(bad).some((form) => message.includes(form)),
              message,
            ).toBe(true);
        }
      }
    }
    expect(engine.stats()).toEqual(before);
    expect(engine.pins.size).toBe(1);
  });
});

/** A number as a message has it: as it was given, or as an address. */
function shown(value: number | bigint): string[] {
  if (typeof value === "bigint" && (value > 2n ** 128n || value < -(2n ** 128n)))
    return ["more than 128 bits"];
  return [`not ${value}`, `not 0x${value.toString(16)}`];
}

describe("messages name the value, its unit, and what was meant", () => {
  const said = async (run: () => unknown) => {
    const error = (await failure(run)) as UsageError;
    return `${error.message} | ${error.hint}`;
  };

  it.each([
    [() => Engine.create({ memory: 2 ** 40 }), /memory must be at most 4294967296 bytes, not 1099511627776/],
    [() => Engine.create({ memory: "8M" as never }), /memory must be a whole number of bytes, not "8M"/],
    [() => subjects.space.mmap(0), /^mmap of 0 bytes: EINVAL \| check that .* nor too long/],
    [() => subjects.space.mprotect(subjects.page + 1, PAGE, "r"), /EINVAL \| .*multiple of the page size/],
    [() => Engine.create({ cpu: 2 } as never), /no option "cpu"; did you mean "cpus"\?/],
    [() => Engine.create({ content: "bytes" as never }), /"none", "word" or "full", not "bytes"/],
    [() => Engine.create(null as never), /options must be an object, not null/],
    [
      () => subjects.space.mmap(PAGE, { sharde: true } as never),
      /no option "sharde"; did you mean "shared"\?/,
    ],
    [
      () => subjects.space.mmap(PAGE, { filePage: 1.5, file: subjects.file }),
      /whole number of pages, not 1\.5/,
    ],
    [
      () => subjects.space.madvise(0, PAGE, "dontnead" as never),
      /not "dontnead" \| did you mean "dontneed"\?/,
    ],
    [() => subjects.space.write(subjects.page, 1n << 70n), /unsigned 64-bit word.*1180591620717411303424n/],
    [() => subjects.space.write(subjects.page, -1n), /not -1n \| BigInt\.asUintN\(64, value\)/],
    [() => subjects.space.read(8n as never), /bytes, not 8n \| Number\(value\)/],
    [() => subjects.space.touch(subjects.page, 1.5), /whole number of pages, not 1\.5/],
    [() => subjects.engine.dispose({ force: true } as never), /dispose takes no options, but got "force"/],
    [() => subjects.batch.on(7), /no CPU 7 \| this engine has 1 worker CPUs/],
  ])("%s", async (run, message) => {
    expect(await said(run)).toMatch(message);
  });
});

describe("values that are exact are taken", () => {
  it("numbers for words, a zero with a sign, an option that is undefined", () => {
    const { space, page, pin } = subjects;
    space.write(page, 42);
    expect(space.read(page)).toBe(42n);
    space.write(page, -0);
    expect(space.read(page + -0)).toBe(0n);
    space.write(page, 2n ** 64n - 1n);
    expect(space.read(page)).toBe(2n ** 64n - 1n);
    pin.write(Number.MAX_SAFE_INTEGER);
    expect(space.read(page)).toBe(2n ** 53n - 1n);
    const at = space.mmap(PAGE, { at: undefined, shared: undefined } as never);
    space.munmap(at, PAGE);
  });
});
