/** Loads and stores of bytes and parts of words, beside the same ones on plain arrays. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AddressSpace,
  BusError,
  OutOfMemory,
  SegmentationFault,
  SystemCallError,
  UsageError,
} from "../../dist/index.js";
import { expectBytes } from "../support/bytes.js";
import { count } from "../support/sample.js";
import { engineWith, PAGE } from "./handles.js";

const PAGES = 4;
const BYTES = PAGES * PAGE;
type Bits = 8 | 16 | 32 | 64;

/** A process beside the bytes that it should have. */
interface Twin {
  readonly space: AddressSpace;
  readonly bytes: Uint8Array;
}

/** The value of so many bits at an offset, the low byte first. */
function valueAt({ bytes }: Twin, offset: number, bits: Bits): bigint {
  let value = 0n;
  for (let i = bits / 8 - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i] as number);
  return value;
}

function put({ bytes }: Twin, offset: number, bits: Bits, value: bigint): void {
  for (let i = 0; i < bits / 8; i++) bytes[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

/** Reads by the call of that width. */
function read(space: AddressSpace, at: number, bits: Bits): bigint {
  if (bits === 8) return BigInt(space.read8(at));
  if (bits === 16) return BigInt(space.read16(at));
  return bits === 32 ? BigInt(space.read32(at)) : space.read(at);
}

function write(space: AddressSpace, at: number, bits: Bits, value: bigint): void {
  if (bits === 8) space.write8(at, Number(value));
  else if (bits === 16) space.write16(at, value);
  else if (bits === 32) space.write32(at, Number(value));
  else space.write(at, value);
}

const bits = fc.constantFrom<Bits>(8, 16, 32, 64);
/** Offsets near the ends of pages and words more often than others. */
const offset = fc.oneof(
  fc.integer({ min: 0, max: BYTES - 1 }),
  fc
    .tuple(fc.integer({ min: 1, max: PAGES }), fc.integer({ min: -9, max: 8 }))
    .map(([page, by]) => page * PAGE + by),
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      offset,
      bits,
      value: fc.bigInt(0n, 2n ** 64n - 1n),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("read" as const), offset, bits }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("writeBytes" as const),
      offset,
      length: fc.integer({ min: 0, max: 3 * PAGE }),
      value: fc.integer({ min: 0, max: 255 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("readBytes" as const),
      offset,
      length: fc.integer({ min: 0, max: 3 * PAGE }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("fork" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("drop" as const),
      page: fc.integer({ min: 0, max: PAGES - 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reclaim" as const) }) },
);

describe("bytes of a process", () => {
  it("are those of an array, through faults, forks, drops and swap", async () => {
    const engine = await engineWith({ content: "full", cpus: 0, swap: 2 ** 20 });
    const reclaim = { op: engine.layout.constant("OP_RECLAIM"), a: 64 };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(), step), { maxLength: 60 }), async (steps) => {
        const first = engine.spawn();
        const base = first.mmap(BYTES, { at: 0x10_0000 });
        const twins: Twin[] = [{ space: first, bytes: new Uint8Array(BYTES) }];
        for (const [who, what] of steps) {
          const twin = twins[who % twins.length] as Twin;
          const { space, bytes } = twin;
          if (what.kind === "fork") {
            if (twins.length < 3) twins.push({ space: space.fork(), bytes: bytes.slice() });
          } else if (what.kind === "drop") {
            space.madvise(base + what.page * PAGE, PAGE, "dontneed");
            bytes.fill(0, what.page * PAGE, (what.page + 1) * PAGE);
          } else if (what.kind === "reclaim") {
            engine.execute(reclaim);
          } else if (what.kind === "write" || what.kind === "read") {
            const at = base + what.offset;
            const fits = what.offset + what.bits / 8 <= BYTES;
            const value = what.kind === "write" ? BigInt.asUintN(what.bits, what.value) : 0n;
            if (what.kind === "write") {
              if (fits) put(twin, what.offset, what.bits, value);
              if (!fits) expect(() => write(space, at, what.bits, value)).toThrow(SegmentationFault);
              else if (what.value % 2n === 0n) write(space, at, what.bits, value);
              else expect(space.tryWrite(at, value, what.bits)).toBe(true);
            } else if (!fits) {
              expect(() => read(space, at, what.bits)).toThrow(SegmentationFault);
              expect(space.tryRead(at, what.bits as 8)).toBeUndefined();
              expect(space.failure).toBe("SEGV");
            } else {
              expect(read(space, at, what.bits)).toBe(valueAt(twin, what.offset, what.bits));
              expect(BigInt(space.tryRead(at, what.bits as 8) as number)).toBe(
                valueAt(twin, what.offset, what.bits),
              );
            }
          } else {
            const length = Math.min(what.length, BYTES - what.offset);
            if (length < 0) continue;
            if (what.kind === "writeBytes") {
              const filled = Uint8Array.from({ length }, (_, i) => what.value + i);
              space.writeBytes(base + what.offset, filled);
              bytes.set(filled, what.offset);
            } else {
              const expected = bytes.subarray(what.offset, what.offset + length);
              expectBytes(space.readBytes(base + what.offset, length), expected);
            }
          }
        }
        for (const { space, bytes } of twins) {
          expectBytes(space.readBytes(base, BYTES), bytes);
          space.exit();
        }
        engine.check();
      }),
      { numRuns: count(40, 400) },
    );
  });

  it("stay as they are when an access fails", async () => {
    const engine = await engineWith({ content: "full" });
    const space = engine.spawn();
    const at = space.mmap(2 * PAGE);
    space.writeBytes(at, new Uint8Array(2 * PAGE).fill(7));
    space.mprotect(at + PAGE, PAGE, "r");
    expect(() => space.write(at + PAGE - 3, 1)).toThrow(SegmentationFault);
    expect(space.tryWrite(at + PAGE - 1, 1, 16)).toBe(false);
    expect(space.readBytes(at, 2 * PAGE).every((byte) => byte === 7)).toBe(true);
    expect(space.read(at + PAGE - 3)).toBe(0x0707_0707_0707_0707n);
    const failed = () => space.writeBytes(at + PAGE - 2, new Uint8Array(4).fill(9));
    expect(failed).toThrow(new SegmentationFault(at + PAGE, "writeBytes"));
    expect([...space.readBytes(at + PAGE - 3, 4)]).toEqual([7, 9, 9, 7]);
    space.mprotect(at, PAGE, "none" as never);
    expect(() => space.read8(at)).toThrow(SegmentationFault);
  });

  it("get the signals and the errors of any access", async () => {
    const engine = await engineWith({ content: "full", memory: 16 * PAGE });
    const space = engine.spawn();
    const file = space.mmap(2 * PAGE, { file: engine.file(1), shared: true });
    expect(() => space.read16(file + PAGE)).toThrow(BusError);
    expect([space.tryRead(file + PAGE), space.failure]).toEqual([undefined, "BUS"]);
    const many = space.mmap(32 * PAGE);
    expect(() => space.writeBytes(many, new Uint8Array(32 * PAGE))).toThrow(OutOfMemory);
    let page = 0;
    while (space.tryWrite(many + page * PAGE, 1, 8)) page++;
    expect(space.failure).toBe("ENOMEM");
    expect(() => space.write8(many + page * PAGE, 1)).toThrow(SystemCallError);
    space.madvise(many, 32 * PAGE, "dontneed");
    space.write8(many + page * PAGE, 5);
    expect(space.read8(many + page * PAGE)).toBe(5);
    engine.check();
  });

  it("are numbers where a number holds the word", async () => {
    const engine = await engineWith({ content: "full" });
    const space = engine.spawn();
    const at = space.mmap(PAGE);
    space.write(at, Number.MAX_SAFE_INTEGER);
    expect([space.read(at), space.readNumber(at)]).toEqual([2n ** 53n - 1n, 2 ** 53 - 1]);
    space.write(at, 2n ** 53n);
    expect(() => space.readNumber(at)).toThrow(/the word at 0x\w+ is 9007199254740992, which no number/);
    space.write(at, 2n ** 64n - 1n);
    expect(space.read(at)).toBe(2n ** 64n - 1n);
    expect(space.read32(at + 1)).toBe(2 ** 32 - 1);
    expect(space.readBytes(at, new Uint8Array(new SharedArrayBuffer(2)))).toEqual(Uint8Array.of(255, 255));
  });

  it.each(["word", "none"] as const)("are refused where a page has content %s", async (content) => {
    const engine = await engineWith({ content });
    const space = engine.spawn();
    const at = space.mmap(PAGE);
    space.write(at + 3, 5);
    expect([space.readNumber(at), space.tryRead(at + 9)]).toEqual(content === "word" ? [5, 5n] : [0, 0n]);
    for (const run of [
      () => space.read8(at),
      () => space.write32(at, 1),
      () => space.tryRead(at, 16),
      () => space.tryWrite(at, 1, 8),
      () => space.readBytes(at, 8),
      () => space.writeBytes(at, new Uint8Array(1)),
    ]) {
      expect(run).toThrow(UsageError);
      expect(run).toThrow(/a page holds .* here, and no bytes/);
    }
  });

  it("are right while workers take pages away and copy them", async () => {
    const engine = await engineWith({ content: "full", swap: 2 ** 20 });
    const space = engine.spawn();
    const at = space.mmap(8 * PAGE);
    const bytes = Uint8Array.from({ length: 8 * PAGE }, (_, i) => i * 7);
    space.writeBytes(at, bytes);
    for (let round = 0; round < count(20, 200); round++) {
      const batch = engine.batch();
      const child = engine.reserve();
      const cpu = batch.on(0).fork(space, child);
      for (let i = 0; i < 4; i++)
        cpu.operation({ op: engine.layout.constant("OP_RECLAIM"), a: 8 }).touch(child, at, 8);
      cpu.exit(child);
      let running = true;
      const run = batch.run().finally(() => {
        running = false;
      });
      for (let i = 0; running && i < 200; i++) {
        expectBytes(space.readBytes(at + 5, 2 * PAGE), bytes.subarray(5, 5 + 2 * PAGE));
        bytes.fill(round + i, 3 * PAGE - 9, 5 * PAGE + 3);
        space.writeBytes(at + 3 * PAGE - 9, bytes.subarray(3 * PAGE - 9, 5 * PAGE + 3));
        space.write32(at + PAGE - 2, round);
        new DataView(bytes.buffer).setUint32(PAGE - 2, round, true);
        if (i % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 0));
      }
      for (const { result } of await run) expect(result).toBe(0);
      expectBytes(space.readBytes(at, 8 * PAGE), bytes);
    }
    engine.check();
  });
});
