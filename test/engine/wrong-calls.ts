/** Every method of the library with values that make no sense in each of its arguments. */
import { inspect } from "node:util";
import * as library from "../../dist/index.js";
import { Engine } from "../../dist/index.js";
import { ofMemory, ofSpace, spaceFirst } from "./wrong-space-calls.js";
import {
  call,
  hostile,
  NEVER,
  NO_NUMBER,
  NO_PAGE,
  NO_TEXT,
  noAccess,
  noFlag,
  noFunction,
  noOptions,
  noRecord,
  noWord,
  options,
  PAGE,
  type Row,
  required,
} from "./wrong-values.js";

/** Arrays of one access. */
const oneAccess = {
  operations: "read",
  addresses: new Float64Array(1),
  values: new BigUint64Array(1),
} as const;

/** Rows of calls by class and method. None: it takes nothing, and cares about nothing that it is given. */
export const TABLE: Record<string, Record<PropertyKey, readonly Row[]>> = {
  Engine: {
    [inspect.custom]: [],
    create: [
      [(_, bad) => Engine.create(bad), noOptions],
      [(_, bad) => call(Engine, "create", {}, bad), options],
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
      [(_, bad) => Engine.create({ events: bad }), [...NO_NUMBER, 1000, 2 ** 21]],
      [(_, bad) => Engine.create({ module: bad }), [...NEVER, {}, 5]],
      [(_, bad) => Engine.create({ wasmBytes: bad }), [...NEVER, {}, 5, new ArrayBuffer(8)]],
      [(_, bad) => Engine.create({ wasmUrl: bad }), [5, {}, null, Symbol("s"), hostile, "http://["]],
      [(_, bad) => Engine.create({ threads: bad }), noFunction.slice(1)],
      [
        (_, bad) => Engine.create({ cpus: 1, threads: () => bad }),
        [...NEVER, undefined, {}, Promise.resolve()],
      ],
      [(_, bad) => Engine.create({ wasmResponse: bad }), [...NEVER, {}, 5]],
      [(_, bad) => Engine.create({ signal: bad }), [...NEVER, {}, 5]],
      [(_, bad) => Engine.create({ readyTimeout: bad }), [...NO_NUMBER, 0]],
      [(_, bad) => Engine.create({ watchdog: bad }), [...NO_NUMBER, 0]],
    ],
    load: [
      [(_, bad) => Engine.load(bad), [...NEVER, undefined, {}, 5]],
      [(_, bad) => Engine.load(new Uint8Array(8), bad), [...noOptions, { cpus: 1 }]],
      [(_, bad) => call(Engine, "load", new Uint8Array(8), {}, bad), options],
      [(_, bad) => Engine.load(new Uint8Array(8), { workers: bad }), noFlag],
    ],
    save: [[(s, bad) => call(s.engine, "save", bad), options]],
    spawn: [[(s, bad) => call(s.engine, "spawn", bad), options]],
    file: [
      [(s, bad) => s.engine.file(bad), [...required, 0]],
      [(s, bad) => call(s.engine, "file", 1, bad), options],
    ],
    batch: [[(s, bad) => call(s.engine, "batch", bad), options]],
    check: [[(s, bad) => call(s.engine, "check", bad), options]],
    settle: [[(s, bad) => call(s.engine, "settle", bad), options]],
    events: [[(s, bad) => call(s.engine, "events", bad), options]],
    execute: [[(s, bad) => s.engine.execute(bad), [...noRecord, { op: 1, a: 1000 }]]],
    reserve: [[(s, bad) => call(s.engine, "reserve", bad), options]],
    exclusive: [[(s, bad) => s.engine.exclusive(bad), noFunction]],
    // One that has ended is fine there: that is what it is for.
    release: [
      [(s, bad) => s.engine.release(bad), ({ noSpace, ended }) => noSpace.filter((value) => value !== ended)],
    ],
    dispose: [[(s, bad) => call(s.engine, "dispose", bad), options]],
    nameOf: [[(s, bad) => s.engine.nameOf(bad), [...required, 2 ** 31].filter((value) => value !== -1)]],
    stats: [],
    usage: [],
    peaks: [],
    toJSON: [],
    [Symbol.asyncDispose]: [],
  },
  AddressSpace: {
    [inspect.custom]: [],
    ...ofSpace(({ space }) => space),
    ...ofMemory,
    brk: [[(s, bad) => s.space.brk(bad), NO_NUMBER]],
    fork: [[(s, bad) => call(s.space, "fork", bad), options]],
    exec: [[(s, bad) => call(s.space, "exec", bad), options]],
    whoMaps: [[(s, bad) => s.space.whoMaps(bad), required]],
    pin: [
      [(s, bad) => s.space.pin(bad), required],
      [(s, bad) => s.space.pin(s.page, bad), noAccess],
    ],
    pages: [
      [(s, bad) => s.space.pages(bad), NO_NUMBER],
      [(s, bad) => s.space.pages(0, bad), NO_NUMBER],
    ],
    onMissing: [
      [(s, bad) => call(s.space, "onMissing", bad, PAGE, () => {}), required],
      [(s, bad) => call(s.space, "onMissing", s.page, bad, () => {}), [...required, 0]],
      [(s, bad) => call(s.space, "onMissing", s.page, PAGE, bad), noFunction],
      [(s, bad) => call(s.space, "onMissing", s.page, PAGE, () => {}, bad), options],
    ],
    mappings: [],
    contentHash: [],
    trackDirty: [[(s, bad) => call(s.space, "trackDirty", bad), options]],
    [Symbol.dispose]: [],
  },
  EngineFile: {
    [inspect.custom]: [],
    drop: [],
    [Symbol.dispose]: [],
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
  DirtyTracking: {
    [inspect.custom]: [],
    collect: [
      [(s, bad) => s.changes.collect(bad), noOptions],
      [(s, bad) => s.changes.collect({ clear: bad }), noFlag],
    ],
    stop: [],
    [Symbol.dispose]: [],
  },
  MissingRange: {
    [inspect.custom]: [],
    supply: [
      [(s, bad) => call(s.range, "supply", bad), [...required, PAGE - 1]],
      [(s, bad) => call(s.range, "supply", s.range.address, bad), NO_PAGE],
      [(s, bad) => call(s.range, "supply", s.range.address, undefined, bad), options],
    ],
    dispose: [[(s, bad) => call(s.range, "dispose", bad), options]],
    [Symbol.dispose]: [],
  },
  Batch: {
    [inspect.custom]: [],
    on: [[(s, bad) => s.batch.on(bad), [...required, 1]]],
    sync: [[(s, bad) => call(s.batch, "sync", bad), options]],
    run: [
      [(s, bad) => s.batch.run(bad), noOptions],
      [(s, bad) => call(s.batch, "run", {}, bad), options],
      [(s, bad) => s.batch.run({ signal: bad }), [...NEVER, {}, 5]],
    ],
  },
  BatchCpu: {
    [inspect.custom]: [],
    ...spaceFirst,
    fork: [
      [(s, bad) => s.cpu.fork(bad, s.space), ({ noSpace }) => noSpace],
      [(s, bad) => s.cpu.fork(s.space, bad), ({ noSpace }) => noSpace],
      [(s, bad) => call(s.cpu, "fork", s.space, s.space, bad), options],
    ],
    operation: [[(s, bad) => s.cpu.operation(bad), noRecord]],
    accesses: [
      [(s, bad) => s.cpu.accesses(bad, oneAccess), ({ noSpace }) => noSpace],
      [(s, bad) => s.cpu.accesses(s.space, bad), [...NEVER, undefined, {}, { ...oneAccess, sharde: 1 }]],
      [
        (s, bad) => s.cpu.accesses(s.space, { ...oneAccess, operations: bad }),
        [...NEVER, undefined, "raed", 1, new Uint8Array(2), Uint8Array.of(4)],
      ],
      [
        (s, bad) => s.cpu.accesses(s.space, { ...oneAccess, addresses: bad }),
        [
          ...NEVER,
          undefined,
          [8],
          new Float64Array(2),
          ...[4, -1, 1.5, Number.NaN, 2 ** 60].map((at) => Float64Array.of(at)),
        ],
      ],
      [
        (s, bad) => s.cpu.accesses(s.space, { ...oneAccess, values: bad }),
        [...NEVER, undefined, [8n], new BigUint64Array(2), new BigInt64Array(1)],
      ],
      [
        (s, bad) => s.cpu.accesses(s.space, { ...oneAccess, results: bad }),
        [...NEVER, new Int32Array(2), new Uint32Array(1)],
      ],
      [(s, bad) => call(s.cpu, "accesses", s.space, oneAccess, bad), options],
    ],
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
