/** Every argument of every public method, with values that make no sense: UsageError at once, and nothing has run. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as library from "../../dist/index.js";
import { AddressSpace, Engine, EngineFile, UsageError } from "../../dist/index.js";
import { TABLE } from "./wrong-calls.js";
import { call, makeSubjects, PAGE, type Subjects } from "./wrong-values.js";

let subjects: Subjects;

beforeAll(async () => {
  subjects = await makeSubjects();
});

afterAll(async () => {
  await subjects.engine.dispose();
  await subjects.other.dispose();
});

/** A class, whose constructor may be private. */
interface Class {
  readonly prototype: object;
}

/** The library's classes without its errors, which only the library makes. */
const classes = Object.entries(library).flatMap(([name, made]): [string, Class][] =>
  typeof made === "function" && !(made.prototype instanceof Error) ? [[name, made]] : [],
);

/** Methods of a class, static and inherited ones too, by name. */
function methods(made: Class): Map<PropertyKey, (...args: never[]) => unknown> {
  const found = new Map<PropertyKey, (...args: never[]) => unknown>();
  const holders: object[] = [made];
  for (let at = made.prototype; at !== Object.prototype && at; at = Reflect.getPrototypeOf(at) as object) {
    holders.push(at);
  }
  for (const holder of holders) {
    for (const name of Reflect.ownKeys(holder)) {
      const { value } = Object.getOwnPropertyDescriptor(holder, name) ?? {};
      if (typeof value === "function" && name !== "constructor" && value !== made) found.set(name, value);
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
    for (const [index, [attempt, values]] of rows.entries()) {
      for (const [at, bad] of (typeof values === "function" ? values(subjects) : values).entries()) {
        const error = await failure(() => attempt(subjects, bad as never));
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
    [() => call(subjects.engine, "dispose", { force: true }), /dispose takes no options, but got "force"/],
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
