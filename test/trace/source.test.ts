/** Where bytes come from: plain, gzip, standard input's shape, and inputs that are none. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import type { TraceEvent } from "../../src/trace/event.js";
import { readTrace } from "../../src/trace/read.js";
import { type TraceSource, traceBytes, traceFile } from "../../src/trace/source.js";

const LINE =
  "            bash 31519/31519 [001]  1744.569689016: kmem:rss_stat: mm_id=1 curr=1 type=MM_ANONPAGES size=8192B\n";
const folder = mkdtempSync(join(tmpdir(), "trace-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): TraceSource {
  const path = join(folder, name);
  writeFileSync(path, content);
  return traceFile(path);
}

const nothing = { event: (_: TraceEvent) => false };

async function problem(source: TraceSource): Promise<InputError> {
  const error = await readTrace(source, nothing).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).exitCode).toBe(5);
  return error as InputError;
}

describe("reading", () => {
  it("takes plain text, gzip, several gzip members and bytes in memory", async () => {
    const packed = gzipSync(LINE.repeat(3));
    const sources = [
      file("plain.txt", LINE.repeat(3)),
      file("one.gz", packed),
      file("two.gz", Buffer.concat([gzipSync(LINE), gzipSync(LINE.repeat(2))])),
      traceBytes(LINE.repeat(3)),
      traceBytes(packed),
      { name: "bytes", chunks: [...packed].map((byte) => Uint8Array.of(byte)) },
    ];
    for (const source of sources)
      expect(await readTrace(source, nothing)).toMatchObject({ lines: 3, events: 3 });
  });

  it("knows how far a file was read", async () => {
    const source = file("size.txt", LINE.repeat(3));
    await readTrace(source, nothing);
    expect([source.totalBytes, source.readBytes?.()]).toEqual([LINE.length * 3, LINE.length * 3]);
  });

  it("waits between stretches of parsing", async () => {
    const order: string[] = [];
    await readTrace(
      traceBytes(LINE.repeat(2)),
      { event: (event) => order.push(`line ${event.line}`) > 0 },
      {
        between: async () => void order.push("between"),
        onChunk: ({ events }) => order.push(`chunk ${events}`),
      },
    );
    expect(order).toEqual(["line 1", "between", "line 2", "between", "chunk 2"]);
  });
});

describe("errors", () => {
  it("names an empty input, packed or not", async () => {
    for (const source of [file("empty", ""), file("empty.gz", gzipSync("")), traceBytes("")]) {
      const error = await problem(source);
      expect(error.message).toContain("the trace is empty");
      expect(error.hint).toContain("rmap record");
    }
  });

  it("names a binary recording without its contents, packed or not", async () => {
    for (const content of ["PERFILE2\0\0\0", gzipSync("PERFILE2 and more")]) {
      const error = await problem(file("perf.data", content));
      expect(error.message).toMatch(/cut off|a header of/);
      expect(error.hint).toContain("rmap record");
    }
  });

  it.each<[string, readonly number[]]>([
    ["zstd", [0x28, 0xb5, 0x2f, 0xfd, 0x24]],
    ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04]],
    ["bzip2", [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41]],
    ["zip", [0x50, 0x4b, 0x03, 0x04, 0x14]],
  ])("names %s, and what unpacks it", async (name, magic) => {
    for (const bytes of [Uint8Array.from(magic), gzipSync(Uint8Array.from(magic))]) {
      const { message, hint } = await problem(file("packed", bytes));
      expect(message).toContain(`${name}-compressed input`);
      expect(hint).toMatch(/^unpack it first: /);
    }
  });

  it("names what is packed with gzip twice", async () => {
    expect((await problem(file("twice", gzipSync(gzipSync(LINE))))).message).toContain("gzip twice");
  });

  it("tells how much of a packed file was taken for the text so far, though a small one is read at once", async () => {
    // Random digits, so that the packed file has many parts of its text in it.
    const text = Array.from({ length: 30_000 }, (_, i) =>
      LINE.replace("8192", String((i * 2_654_435_761) % 2 ** 32)),
    );
    const packed = gzipSync(text.join(""));
    const source = file("parts.gz", packed);
    const shares: number[] = [];
    await readTrace(source, nothing, {
      onChunk: () => shares.push((source.readBytes?.() ?? 0) / packed.length),
    });
    expect(shares.length).toBeGreaterThan(4);
    expect(shares[0]).toBeLessThan(0.5);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it("names a cut and a damaged gzip stream, and where it got to", async () => {
    const packed = gzipSync(
      Array.from({ length: 5000 }, (_, i) => LINE.replace("8192", `${i * 7919}`)).join(""),
    );
    const cut = await problem(file("cut.gz", packed.subarray(0, packed.length - 9)));
    expect(cut.message).toContain("ends too early");
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, packed.length >> 1, (packed.length >> 1) + 64);
    // Damage may give lines that are none before the stream itself is found out.
    expect((await problem(file("damaged.gz", damaged))).position.line).toBeGreaterThan(0);
  });

  it("names a file that cannot be read", async () => {
    for (const [path, why] of [
      [join(folder, "absent"), "there is no such file"],
      [folder, "it is a folder"],
    ] as const) {
      await expect(readTrace(traceFile(path), nothing)).rejects.toMatchObject({
        message: `cannot read ${path}: ${why}`,
        code: "EINPUT",
        exitCode: 5,
      });
    }
  });
});

describe("memory", () => {
  it("does not grow with the length of the trace", async () => {
    const text = readFileSync(new URL("../../traces/threads.perf.txt.gz", import.meta.url));
    const { gunzipSync } = await import("node:zlib");
    const once = gunzipSync(text);
    const measure = async (times: number) => {
      let peak = 0;
      const chunks = (function* () {
        for (let i = 0; i < times; i++) {
          for (let at = 0; at < once.length; at += 65536) yield once.subarray(at, at + 65536);
          const { heapUsed, arrayBuffers } = process.memoryUsage();
          peak = Math.max(peak, heapUsed + arrayBuffers);
        }
      })();
      const { events } = await readTrace({ name: "repeated", chunks }, nothing);
      expect(events).toBe(times * 27348);
      return peak;
    };
    const few = await measure(2);
    const many = await measure(40);
    // 40 times the trace is 150 MB of text; what the collector has not got round to is allowed for.
    expect(many - few).toBeLessThan(64 * 2 ** 20);
  });
});
