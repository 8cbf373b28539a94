/** Script operations as records, by the numbers of the built engine. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EnvironmentError } from "../../src/errors.js";
import type { Outcome } from "../../src/ops/outcome.js";
import { parseScript } from "../../src/ops/script.js";
import type { OpRecord } from "../../src/record/record.js";
import { ScriptEncoder } from "../../src/record/script.js";
import { Layout } from "../../src/wasm/layout.js";

const layout = Layout.of(
  new WebAssembly.Module(readFileSync(new URL("../../dist/engine.wasm", import.meta.url))),
);
const BASE = 0x100000000000;

function encode(line: string, by: Layout = layout): OpRecord | undefined {
  const op = parseScript(line)[0];
  if (op === undefined) throw new Error("no operation");
  return new ScriptEncoder(by, (process) => process + 100).encode(op, 1);
}

/** The record's operation by name, then flags, space, aux, a, b, c. */
function fields(line: string): unknown[] {
  const { op, flags, space, aux, a, b, c } = encode(line) as Required<OpRecord>;
  return [layout.nameOf("OP_", op), flags, space, aux, a, b, c];
}

describe("ScriptEncoder", () => {
  it.each([
    ["0 mmap 2 3 rw private anon", ["MMAP", 1, 100, 3 | (0x32 << 8), BASE + 0x2000, 0x3000, 0]],
    ["0 mmap 2 3 r shared file 9", ["MMAP", 1, 100, 1 | (0x11 << 8), BASE + 0x2000, 0x3000, 9 + 2 ** 40]],
    ["0 mmap any 3 none private anon stack", ["MMAP", 1, 100, 0x122 << 8, 0, 0x3000, 0]],
    ["0 mremap 1 2 5 7", ["MREMAP", 1, 100, 3 | (5 << 4), BASE + 0x1000, 0x2000, BASE + 0x7000]],
    ["0 mremap 1 2 2 7 keep", ["MREMAP", 1, 100, 7 | (2 << 4), BASE + 0x1000, 0x2000, BASE + 0x7000]],
    ["0 mremap 1 2 5", ["MREMAP", 1, 100, 5 << 4, BASE + 0x1000, 0x2000, 0]],
    ["0 madvise 0 1 free", ["MADVISE", 1, 100, 8, BASE, 0x1000, 0]],
    ["0 write 1 18446744073709551615", ["WRITE", 1, 100, 0, BASE + 0x1000, 2n ** 64n - 1n, 0]],
    ["0 write 1 7", ["WRITE", 1, 100, 0, BASE + 0x1000, 7, 0]],
    ["0 touch 1 4 w", ["TOUCH", 1, 100, 1, BASE + 0x1000, 4, 0]],
    ["0 fork 5", ["FORK", 1, 100, 105, 0, 0, 0]],
  ])("%s", (line, expected) => {
    expect(fields(line)).toEqual(expected);
  });

  it.each(["sync", "dump", "cpu 0 1"])("leaves to the host what is the host's: %s", (line) => {
    expect(encode(line)).toBeUndefined();
  });

  it("names a constant that the engine lacks", () => {
    const lacking = Object.create(layout, {
      find: { value: (name: string) => (name === "OP_EXIT" ? undefined : layout.find(name)) },
    }) as Layout;
    expect(() => encode("0 exit", lacking)).toThrow(EnvironmentError);
    expect(() => encode("0 exit", lacking)).toThrow("OP_EXIT");
  });

  it.each<[number, Outcome]>([
    [0, 0],
    [-22, "EINVAL"],
    [-12, "ENOMEM"],
    [-999, "errno 999"],
    [-1011, "SEGV"],
    [-1007, "BUS"],
    [-1006, "signal 6"],
  ])("result %d is %s", (result, outcome) => {
    expect(new ScriptEncoder(layout).outcomeOf(result)).toBe(outcome);
  });
});
