/** Inputs of the kind `library`: calls on one or two engines, with right, foreign and ended handles and odd values. */
import fc from "fast-check";
import type { Made } from "./script-input.js";

/** Values that JSON has no form for, by name. */
export const ODD_VALUES: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  nan: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  minus: -1,
  fraction: 1.5,
  "2^40": 2 ** 40,
  "2^53": 2 ** 53,
  "1e300": 1e300,
  text: "42",
  empty: "",
  object: {},
  list: [],
  true: true,
  "-1n": -1n,
  "2^64": 2n ** 64n,
  "2^70": 2n ** 70n,
  "2^64-1": 2n ** 64n - 1n,
  "7n": 7n,
  "42": 42,
};

/** An argument: a number, a word, a name of ODD_VALUES, or a place in the N-th mapping that was made. */
export type Value =
  | number
  | string
  | { readonly odd: string }
  | { readonly map: number; readonly page: number; readonly offset: number };

/** One call. `engine`, `space`, `file` and `pin` count the handles there are, modulo how many there are. */
export interface Call {
  readonly call: string;
  readonly engine?: number;
  readonly space?: number;
  readonly other?: number;
  readonly args?: readonly Value[];
  readonly options?: Readonly<Record<string, Value | boolean>>;
}

const odd = fc.constantFrom(...Object.keys(ODD_VALUES)).map((name): Value => ({ odd: name }));
const index = fc.nat({ max: 7 });
const engine = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const place = fc.record({
  map: fc.nat({ max: 4 }),
  page: fc.constantFrom(0, 0, 1, 2, 3, 9),
  offset: fc.constantFrom(0, 0, 0, 0, 8, 4, 1, 4088, 4092, 4095),
});
const rarely = (usual: fc.Arbitrary<Value>, share = 12): fc.Arbitrary<Value> =>
  fc.oneof({ weight: share, arbitrary: usual }, { weight: 1, arbitrary: odd });
const address = rarely(place, 18);
const length = rarely(
  fc.constantFrom<Value>(4096, 4096, 8192, 16384, 65536, 0, 1, 4097, 2 ** 30, 2 ** 46),
  14,
);
const word = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Value>({ odd: "7n" }) },
  { weight: 1, arbitrary: odd },
);
const protection = rarely(fc.constantFrom<Value>("rw", "rw", "rw", "r", "none", "rwx"));
const advice = rarely(
  fc.constantFrom<Value>("dontneed", "free", "cold", "pageout", "mergeable", "dontfork", "wipeonfork"),
);
const access = rarely(fc.constantFrom<Value>("read", "write"));
const flag = fc.boolean();

const mapOptions = fc.record(
  {
    protection,
    shared: flag,
    growsDown: flag,
    at: address,
    filePage: rarely(fc.constantFrom<Value>(0, 1, 200), 4),
    noReplace: flag,
    // A slip of the pen.
    sharde: flag,
    prot: fc.constant<Value>("r"),
  },
  { requiredKeys: [] },
);
const someOptions = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: mapOptions.map(({ sharde: _slip, prot: _slip2, ...right }) => right) },
  { weight: 1, arbitrary: mapOptions },
);
const createOptions = fc.record(
  {
    memory: rarely(fc.constantFrom<Value>(2 ** 20, 8 * 2 ** 20, 4096), 1),
    cpus: rarely(fc.constantFrom<Value>(0), 2),
    cpu: fc.constant(2),
    content: fc.constantFrom<Value>("word", "full", "none", "bytes", "constructor"),
    swap: rarely(fc.constantFrom<Value>(0, 2 ** 20), 2),
    spaces: rarely(fc.constantFrom<Value>(1, 64, 65535), 2),
    queueRecords: rarely(fc.constantFrom<Value>(64, 63), 2),
  },
  { requiredKeys: [] },
);

/** One kind of call, and how often it comes. */
function call(
  weight: number,
  name: string,
  parts: Record<string, fc.Arbitrary<unknown>>,
): fc.WeightedArbitrary<Call> {
  return {
    weight: Math.round(weight * 10),
    arbitrary: fc.record({ call: fc.constant(name), ...parts }) as fc.Arbitrary<Call>,
  };
}

const args = (...parts: fc.Arbitrary<Value>[]) => ({ args: fc.tuple(...parts) });

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  call(6, "spawn", { engine }),
  call(14, "mmap", { space: index, options: someOptions, ...args(length) }),
  call(5, "mmapFile", { space: index, other: index, options: someOptions, ...args(length) }),
  call(16, "write", { space: index, ...args(address, word) }),
  call(10, "read", { space: index, ...args(address) }),
  call(5, "touch", { space: index, ...args(address, rarely(fc.constantFrom<Value>(1, 2, 4, 100)), access) }),
  call(5, "munmap", { space: index, ...args(address, length) }),
  call(6, "mprotect", { space: index, ...args(address, length, protection) }),
  call(4, "mremap", { space: index, ...args(address, length, length) }),
  call(6, "madvise", { space: index, ...args(address, length, advice) }),
  call(3, "brk", { space: index, ...args(address) }),
  call(6, "fork", { space: index }),
  call(2, "exec", { space: index }),
  call(3, "exit", { space: index }),
  call(4, "pin", { space: index, ...args(address, access) }),
  call(2, "pinRead", { other: index, ...args(rarely(fc.constantFrom<Value>(0, 8, 4, 4096))) }),
  call(2, "pinWrite", { other: index, ...args(word, rarely(fc.constantFrom<Value>(0, 8, 4, 4096))) }),
  call(3, "unpin", { other: index }),
  call(3, "whoMaps", { space: index, ...args(address) }),
  call(1, "contentHash", { space: index }),
  call(3, "mappings", { space: index }),
  call(2, "pages", { space: index }),
  call(2, "file", { engine, ...args(rarely(fc.constantFrom<Value>(1, 4, 256), 3)) }),
  call(1, "drop", { other: index }),
  call(2, "stats", { engine }),
  call(2, "check", { engine }),
  call(4, "batch", { engine, space: index, ...args(address, word) }),
  call(3, "batchFork", { engine, space: index, other: index }),
  call(1, "nested", { engine }),
  call(0.3, "clone", { engine }),
  call(1, "dispose", { engine }),
  call(3, "create", { options: createOptions }),
  call(0.5, "createWith", { ...args(odd) }),
);

const sequence = fc.record({
  first: fc.record({
    content: fc.constantFrom("word", "word", "full"),
    cpus: fc.constantFrom(...Array(7).fill(0), 1),
  }),
  calls: fc.array(anyCall, { minLength: 3, maxLength: 45, size: "max" }),
});

/** A sequence. Its first element says how the engines are made. */
export function makeLibrary(seed: number): Made {
  const [made] = fc.sample(sequence, { seed, numRuns: 1 });
  if (made === undefined) throw new Error("fast-check gave no sample");
  const start: Call = { call: "engines", options: made.first };
  return {
    shape: `${made.first.content}, ${made.first.cpus} CPUs`,
    way: "direct",
    entries: [],
    args: [],
    calls: [start, ...made.calls],
  };
}
