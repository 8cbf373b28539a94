/** perf.data read directly: the same events as `perf script` prints, and a named error for what a replay cannot read. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { RmapError } from "../../src/errors.js";
import * as Ev from "../../src/trace/event.js";
import { readTrace } from "../../src/trace/read.js";
import { type TraceSource, traceBytes, traceFile } from "../../src/trace/source.js";

const folder = mkdtempSync(join(tmpdir(), "perf-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fixture(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`fixtures/${name}.gz`, import.meta.url)));
}

const FILE = fixture("file.perf.data");
const PIPE = fixture("pipe.perf.data");

/** What an event says, as far as its kind has it. */
function said(event: Ev.TraceEvent): string {
  const { kind, pid, tid, cpu, time } = event;
  const own: unknown[] = [];
  const about = [event.childPid, event.childTid];
  switch (kind) {
    case Ev.EV_FAULT_USER:
    case Ev.EV_FAULT_KERNEL:
      own.push(event.address, event.errorCode);
      break;
    case Ev.EV_SYS_ENTER:
      own.push(event.call, ...event.args.subarray(0, Ev.CALL_ARGUMENTS[event.call]));
      break;
    case Ev.EV_SYS_EXIT:
      own.push(event.call, event.result);
      break;
    case Ev.EV_RSS_STAT:
      own.push(event.mmId, event.current, event.counter, event.bytes);
      break;
    case Ev.EV_FORK:
    case Ev.EV_EXIT:
      own.push(...about, event.parentPid, event.parentTid);
      break;
    case Ev.EV_COMM:
      own.push(...about, event.exec, event.text());
      break;
    case Ev.EV_MAP: {
      const { mapStart, mapLength, mapOffset, mapMajor, mapMinor, mapInode, mapGeneration } = event;
      own.push(...about, mapStart, mapLength, mapOffset, mapMajor, mapMinor, mapInode, mapGeneration);
      own.push(event.prot, event.shared, event.text());
      break;
    }
    case Ev.EV_SCHED_FORK:
      own.push(event.childTid);
      break;
    case Ev.EV_SCHED_EXEC:
      own.push(event.childTid, event.parentTid, event.text());
      break;
    case Ev.EV_SCHED_EXIT:
      own.push(event.childTid, event.groupDead);
      break;
    case Ev.EV_LOST:
      own.push(event.lost);
      break;
    default:
      own.push(event.text());
  }
  return [kind, pid, tid, cpu, time, event.comm(), ...own].join(" ");
}

async function events(source: TraceSource, stopping = false): Promise<string[]> {
  const all: string[] = [];
  await readTrace(source, {
    event(event) {
      all.push(said(event));
      return stopping;
    },
  });
  return all;
}

async function problem(bytes: Uint8Array, name = "x.data"): Promise<RmapError> {
  const error = await events(traceBytes(bytes, name)).then(
    (all) => `${all.length} events`,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RmapError);
  return error as RmapError;
}

/** The recording's records, as places. */
function* records(bytes: Buffer): Generator<{ at: number; type: number; size: number }> {
  const end = bytes.readUInt32LE(40) + bytes.readUInt32LE(48);
  for (let at = bytes.readUInt32LE(40); at < end; at += bytes.readUInt16LE(at + 6))
    yield { at, type: bytes.readUInt32LE(at), size: bytes.readUInt16LE(at + 6) };
}

/** A copy in which `change` has changed the first event's attributes. */
function attrs(change: (attr: Buffer, index: number) => void): Buffer {
  const bytes = Buffer.from(FILE);
  const [each, at, size] = [bytes.readUInt32LE(16), bytes.readUInt32LE(24), bytes.readUInt32LE(32)];
  for (let i = 0; i < size / each; i++) change(bytes.subarray(at + i * each, at + (i + 1) * each), i);
  return bytes;
}

describe("events", () => {
  for (const [form, bytes] of [
    ["file", FILE],
    ["pipe", PIPE],
  ] as const) {
    it(`are those that perf script prints, in its order: ${form} form`, async () => {
      const text = fixture(`${form}.perf.txt`);
      const wanted = await events(traceBytes(text));
      expect(wanted.length).toBeGreaterThan(250);
      expect(await events(traceBytes(bytes))).toEqual(wanted);
    });
  }

  it("are the same from a file, from memory, packed, in small pieces, and with stops", async () => {
    const wanted = await events(traceBytes(FILE));
    const path = join(folder, "recording");
    writeFileSync(path, FILE);
    const source = traceFile(path);
    expect(await events(source)).toEqual(wanted);
    expect(source.readBytes?.()).toBe(source.totalBytes);
    writeFileSync(path, gzipSync(FILE));
    expect(await events(traceFile(path))).toEqual(wanted);
    expect(await events(traceBytes(FILE), true)).toEqual(wanted);
    const pieces: TraceSource = {
      name: "pieces",
      chunks: Array.from({ length: Math.ceil(PIPE.length / 77) }, (_, i) =>
        PIPE.subarray(i * 77, i * 77 + 77),
      ),
    };
    expect(await events(pieces)).toEqual(await events(traceBytes(PIPE)));
  });

  it("keep their order after 104 days of uptime, where a double cannot hold a nanosecond", async () => {
    const late = Buffer.from(FILE);
    for (const { at, type, size } of records(late)) {
      const time = type === 9 ? at + 32 : type < 64 ? at + size - 24 : 0;
      if (time > 0 && late.readBigUInt64LE(time) > 0n)
        late.writeBigUInt64LE(late.readBigUInt64LE(time) + 2n ** 60n + 1n, time);
    }
    const plain = (all: string[]) => all.map((line) => line.replace(/^((\S+ ){4})\S+/, "$1"));
    expect(plain(await events(traceBytes(late)))).toEqual(plain(await events(traceBytes(FILE))));
  });
});

describe("a recording that a replay cannot read", () => {
  it("is cut off: anywhere in a file, and anywhere in a pipe", async () => {
    for (let length = 1; length < FILE.length; length += 2311) {
      const { message, exitCode } = await problem(FILE.subarray(0, length));
      expect(message).toMatch(length < 8 ? /expected/ : /cut off|damaged/);
      expect(exitCode).toBe(5);
    }
    for (let length = 8; length < PIPE.length; length += 2311)
      expect((await problem(PIPE.subarray(0, length))).message).toMatch(/cut off/);
    // The last record through a pipe is the end of a round.
    expect((await problem(PIPE.subarray(0, PIPE.length - 8))).message).toMatch(/inside a round/);
  });

  it("was not ended by perf", async () => {
    const open = Buffer.from(FILE);
    open.writeBigUInt64LE(0n, 48);
    expect((await problem(open)).message).toMatch(/perf did not end this recording/);
  });

  it("has numbers in the other order, or comes from a 32-bit kernel", async () => {
    expect((await problem(Buffer.from(FILE).subarray(0, 8).reverse())).message).toMatch(/big-endian/);
    const mark = FILE.indexOf("tracing0.6");
    const longs = mark + "tracing0.6\x00".length + 1;
    const narrow = Buffer.from(FILE);
    expect(narrow[longs]).toBe(8);
    narrow[longs] = 4;
    expect((await problem(narrow)).message).toMatch(/32-bit kernel/);
    const swapped = Buffer.from(FILE);
    swapped[longs - 1] = 1;
    expect((await problem(swapped)).message).toMatch(/big-endian/);
  });

  it("lacks records of mappings or tasks, page counts, or every event but each third", async () => {
    const clear = (bits: bigint) =>
      attrs((attr) => attr.writeBigUInt64LE(attr.readBigUInt64LE(40) & ~bits, 40));
    expect((await problem(clear((1n << 8n) | (1n << 23n)))).message).toMatch(/lacks records of mappings/);
    expect((await problem(clear(1n << 17n))).message).toMatch(/lacks records of data mappings/);
    expect((await problem(clear((1n << 9n) | (1n << 13n)))).message).toMatch(/lacks records of tasks/);
    expect((await problem(clear(1n << 18n))).message).toMatch(/lack times/);
    const third = attrs((attr, i) => i === 0 && attr.writeUInt32LE(3, 16));
    expect((await problem(third)).message).toMatch(/exceptions:page_fault_user was recorded once in 3 times/);
    const frequency = attrs((attr) => attr.writeBigUInt64LE(attr.readBigUInt64LE(40) | (1n << 10n), 40));
    expect((await problem(frequency)).message).toMatch(/sampled at a frequency/);
    const other = Buffer.from(FILE);
    other.write("name: rss_stax", other.indexOf("name: rss_stat\n"));
    const { message, hint } = await problem(other);
    expect(message).toMatch(/lacks kmem:rss_stat/);
    expect(hint).toMatch(/rmap record -o FILE/);
  });

  it("is compressed, or a folder", async () => {
    const compressed = Buffer.from(PIPE);
    compressed.writeUInt32LE(81, compressed.length - 8);
    expect(await problem(compressed)).toMatchObject({ exitCode: 3, code: "EENVIRONMENT" });
    const path = join(folder, "threads.data");
    mkdirSync(path);
    writeFileSync(join(path, "data"), FILE);
    await expect(events(traceFile(path))).rejects.toThrow(/is a folder \(perf record --threads or --kcore\)/);
  });

  it("is damaged: no changed byte makes it fail in an unforeseen way", async () => {
    let seed = 12345;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let round = 0; round < 150; round++) {
      const bytes = Buffer.from(round % 2 === 0 ? FILE : PIPE);
      for (let i = 0; i < 4; i++) bytes[16 + random(bytes.length - 16)] = random(256);
      const error = await events(traceBytes(bytes)).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error !== undefined)
        expect(error, `seed 12345, round ${round}: ${error}`).toBeInstanceOf(RmapError);
    }
  });
});

describe("losses", () => {
  it("become events", async () => {
    const lossy = Buffer.from(PIPE);
    const loss = Buffer.alloc(56);
    loss.writeUInt32LE(2, 0);
    loss.writeUInt16LE(56, 6);
    loss.writeUInt32LE(42, 16);
    const all = await events(traceBytes(Buffer.concat([lossy, loss, PIPE.subarray(-8)])));
    expect(
      all.filter((line) => line.startsWith(`${Ev.EV_LOST} `)).map((line) => line.split(" ").at(-1)),
    ).toEqual(["42"]);
  });
});
