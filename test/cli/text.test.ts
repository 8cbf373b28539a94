/** Sizes, numbers, tables and the progress line. */

import { describe, expect, it } from "vitest";
import { progressLine } from "../../dist/cli/progress.js";
import { parseInteger, parseList, parseSize } from "../../dist/cli/size.js";
import { UsageError } from "../../dist/errors.js";
import { benchText } from "../../dist/report/bench-text.js";
import { bytes, duration, percent, plural, short } from "../../dist/text/numbers.js";
import { rows, table } from "../../dist/text/table.js";

describe("parsing", () => {
  it.each([
    ["0", 0],
    ["4096", 4096],
    [4096, 4096],
    ["64K", 65536],
    ["64k", 65536],
    ["1.5M", 1572864],
    ["2G", 2147483648],
    ["2GiB", 2147483648],
  ])("reads the size %s", (text, value) => {
    expect(parseSize("--memory", text)).toBe(value);
  });

  it.each(["", "-1", "1T", "K", "1e3", "1 2", true])("refuses the size %j", (text) => {
    expect(() => parseSize("--memory", text)).toThrow(UsageError);
  });

  it("reads whole numbers and lists within bounds", () => {
    expect(parseInteger("--cpus", "8", 1, 63)).toBe(8);
    expect(parseList("--cpus", "1,2, 4", 1, 63)).toEqual([1, 2, 4]);
    for (const wrong of ["", "1.5", "0", "64", "x", true]) {
      expect(() => parseInteger("--cpus", wrong, 1, 63)).toThrow(/--cpus/);
    }
    expect(() => parseList("--cpus", "1,,2", 1, 63)).toThrow(UsageError);
  });
});

describe("printing", () => {
  it("keeps numbers short", () => {
    expect([0, 999, 1234, 45_600, 1_234_567, 2e9].map(short)).toEqual([
      "0",
      "999",
      "1.23 k",
      "45.6 k",
      "1.23 M",
      "2.00 G",
    ]);
    expect([0, 512, 1024, 64 * 2 ** 20].map(bytes)).toEqual(["0 B", "512 B", "1.0 KiB", "64.0 MiB"]);
    expect([0.0042, 0.85, 12.34, 1234].map(duration)).toEqual(["4.2 ms", "850 ms", "12.3 s", "1234 s"]);
    expect(plural(1, "page")).toBe("1 page");
    expect(plural(1234, "page")).toBe("1,234 pages");
  });

  it("never rounds up to all", () => {
    expect(percent(99_999, 100_000)).toBe("99.99 %");
    expect(percent(5, 5)).toBe("100 %");
    expect(percent(0, 0)).toBe("-");
  });

  it("aligns", () => {
    expect(
      rows([
        ["a", "1"],
        ["long", "2\n3"],
      ]),
    ).toBe("a     1\nlong  2\n      3");
    expect(
      table(
        ["row", "n"],
        [
          ["x", "10"],
          ["yyyy", "5"],
        ],
      ),
    ).toBe("row    n\nx     10\nyyyy   5");
  });

  it("tells rate, part and time left", () => {
    expect(progressLine({ done: 500_000, total: 1_000_000, unit: "lines" }, 2)).toBe(
      "500,000 lines, 250 k/s, 50 %, 2 s left",
    );
    expect(progressLine({ done: 10, unit: "lines" }, 0)).toBe("10 lines, 0/s");
  });

  it.each([
    [39, "500,000 lines, 250 k/s, 50 %, 2 s left"],
    [37, "500,000 lines, 50 %, 2 s left"],
    [20, "50 %, 2 s left"],
    [5, "50 %, 2 s left"],
  ])("keeps part and time left longest, in %i columns", (width, text) => {
    expect(progressLine({ done: 500_000, total: 1_000_000, unit: "lines" }, 2, width)).toBe(text);
    expect(progressLine({ done: 10, unit: "lines" }, 0, 5)).toBe("10 lines");
  });

  it("makes a list of each row where a table is wider than the terminal", () => {
    const [head, body] = [
      ["row", "CPUs", "ns"],
      [
        ["fault", "2", "70"],
        ["zap", "", "8"],
      ],
    ] as const;
    expect(table(head, body, 15)).toBe(table(head, body));
    expect(table(head, body, 14)).toBe("fault\n  CPUs 2\n  ns 70\nzap\n  ns 8");
    expect(table(["target", "", ""], [["a", "1", "reached"]], 5)).toBe("a\n  1\n  reached");
  });
});

describe("a benchmark's rows without a peer", () => {
  const row = { engine: "wasm", cpus: 1, opsPerSecond: 1e6, nsPerOp: 1000, rates: [1e6] } as const;
  const many = Array.from({ length: 20 }, (_, index) => `quite-a-long-name-${index}`);
  const textOf = (names: readonly string[], withoutPeer: Record<string, Record<string, string>>): string =>
    benchText({
      schema: "rmap.bench/1",
      machine: { cpu: "a CPU", cores: 1, node: "v0", platform: "x" },
      ...{ version: "0", repeats: 1, ratios: {}, targets: [], withoutPeer },
      rows: names.map((name) => ({ ...row, name })),
    });

  it("stand under the table, each reason once", () => {
    const text = textOf(["a", "b", "c"], {
      a: { linux: "no call", model: "no step" },
      b: { linux: "no call", model: "one thread" },
      c: { "native-c": "no step", linux: "no step", model: "no step" },
    });
    expect(text.split("\n\n").at(-1)).toBe(
      [
        "rows without a peer, and why",
        "  no call",
        "    linux: a, b",
        "  no step",
        "    model: a, c",
        "    native-c, linux: c",
        "  one thread",
        "    model: b",
      ].join("\n"),
    );
  });

  it("are not listed where all of several lack one, and keep to the width", () => {
    const all = textOf(many, Object.fromEntries(many.map((name) => [name, { linux: "another kernel" }])));
    expect(all.split("\n\n").at(-1)).toMatch(/another kernel\n {4}linux: all rows$/);
    const some = textOf(
      [...many, "last"],
      Object.fromEntries(many.map((name) => [name, { linux: "another kernel" }])),
    );
    const lines = some.split("\n");
    expect(lines.length).toBeGreaterThan(25);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it("are not mentioned where there are none", () => {
    expect(textOf(["a"], {})).not.toContain("peer");
  });
});
