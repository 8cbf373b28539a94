import { describe, expect, it } from "vitest";
import { EnvironmentError } from "../../src/errors.js";
import { type Outcome, printAnswer } from "../../src/ops/outcome.js";
import { parseScript } from "../../src/ops/script.js";
import { type OpCodes, RECORD_BYTES, RecordCodec } from "../../src/record/script.js";

const CODES: OpCodes = {
  ...{ OP_FORK: 3, OP_MMAP: 6, OP_MREMAP: 9, OP_MADVISE: 10, OP_WRITE: 13, OP_TOUCH: 14 },
  ...{
    PROT_READ: 1,
    PROT_WRITE: 2,
    MAP_SHARED: 1,
    MAP_PRIVATE: 2,
    MAP_FIXED: 16,
    MAP_ANONYMOUS: 32,
    MAP_GROWSDOWN: 256,
  },
  ...{ MREMAP_MAYMOVE: 1, MREMAP_FIXED: 2, MREMAP_DONTUNMAP: 4, MADV_FREE: 8, EINVAL: 22, ENOMEM: 12 },
};
const BASE = 0x100000000000n;

function encode(line: string): { view: DataView; written: boolean } {
  const view = new DataView(new ArrayBuffer(RECORD_BYTES * 2));
  const op = parseScript(line)[0];
  if (op === undefined) throw new Error("no operation");
  const codec = new RecordCodec(CODES, (p) => p + 100);
  return { view, written: codec.encode(op, view, RECORD_BYTES, 1) };
}

/** op, flags, space, aux, a, b, c of the record. */
function fields(line: string): (number | bigint)[] {
  const { view } = encode(line);
  const at = RECORD_BYTES;
  return [
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint16(at + 2, true),
    view.getUint32(at + 4, true),
    view.getBigUint64(at + 8, true),
    view.getBigUint64(at + 16, true),
    view.getBigUint64(at + 24, true),
  ];
}

describe("RecordCodec", () => {
  it.each([
    ["0 mmap 2 3 rw private anon", [6, 1, 100, 3 | (0x32 << 8), BASE + 0x2000n, 0x3000n, 0n]],
    ["0 mmap 2 3 r shared file 9", [6, 1, 100, 1 | (0x11 << 8), BASE + 0x2000n, 0x3000n, 9n | (1n << 40n)]],
    ["0 mmap any 3 none private anon stack", [6, 1, 100, 0x122 << 8, 0n, 0x3000n, 0n]],
    ["0 mremap 1 2 5 7", [9, 1, 100, 3 | (5 << 4), BASE + 0x1000n, 0x2000n, BASE + 0x7000n]],
    ["0 mremap 1 2 2 7 keep", [9, 1, 100, 7 | (2 << 4), BASE + 0x1000n, 0x2000n, BASE + 0x7000n]],
    ["0 mremap 1 2 5", [9, 1, 100, 5 << 4, BASE + 0x1000n, 0x2000n, 0n]],
    ["0 madvise 0 1 free", [10, 1, 100, 8, BASE, 0x1000n, 0n]],
    ["0 write 1 18446744073709551615", [13, 1, 100, 0, BASE + 0x1000n, 2n ** 64n - 1n, 0n]],
    ["0 touch 1 4 w", [14, 1, 100, 1, BASE + 0x1000n, 4n, 0n]],
    ["0 fork 5", [3, 1, 100, 105, 0n, 0n, 0n]],
  ])("%s", (line, expected) => {
    expect(fields(line)).toEqual(expected);
  });

  it("leaves to the host what is the host's", () => {
    expect(encode("sync").written).toBe(false);
    expect(encode("dump").written).toBe(false);
    expect(encode("cpu 0 1").written).toBe(false);
  });

  it("names a constant that the engine lacks", () => {
    expect(() => encode("0 exit")).toThrow(EnvironmentError);
    expect(() => encode("0 exit")).toThrow("OP_EXIT");
  });

  it.each<[number, Outcome]>([
    [0, 0],
    [-22, "EINVAL"],
    [-12, "ENOMEM"],
    [-99, "ERRNO 99"],
    [-1011, "SEGV"],
    [-1007, "BUS"],
    [-1006, "SIGNAL 6"],
  ])("result %d is %s", (result, outcome) => {
    const view = new DataView(new ArrayBuffer(RECORD_BYTES));
    view.setInt32(24, result, true);
    view.setInt32(28, -3, true);
    view.setBigUint64(16, 77n, true);
    expect(new RecordCodec(CODES).decode(view, 0)).toEqual({ outcome, value: 77n, anonDelta: -3 });
  });
});

describe("printAnswer", () => {
  it("keeps 64-bit values exact", () => {
    const procs = {
      "0": { vmas: [[0, 1, "rw-p", null]], pages: [[0, 0, 1, "AX", 2n ** 64n - 1n]] },
    } as const;
    const text = printAnswer({ results: [0, "SEGV"], dumps: [{ at: 2, procs }] }, { engine: "x" });
    expect(text).toContain('[0,0,1,"AX",18446744073709551615]');
    expect(JSON.parse(text)).toMatchObject({ engine: "x", results: [0, "SEGV"], dumps: [{ at: 2 }] });
  });
});
