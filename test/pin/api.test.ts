/** Pins as the library and scripts have them: held, dropped, told when they are left. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AddressSpace, Engine, UsageError } from "../../dist/index.js";
import { leakedPins, leakedPinsText } from "../../dist/ops/pins.js";
import { parseScript } from "../../dist/ops/script.js";
import { runScript } from "../../dist/script/script.js";

const PAGE = 4096;
const AT = 0x10000;

describe.each(["word", "full"] as const)("AddressSpace.pin, content %s", (content) => {
  let engine: Engine;
  let space: AddressSpace;
  beforeEach(async () => {
    engine = await Engine.create({ checked: true, content, memory: 2 ** 20, swap: 2 ** 20 });
    space = engine.spawn();
    space.mmap(4 * PAGE, { at: AT });
  });
  afterEach(() => engine.dispose());

  it("reads and writes what the process sees, until it is dropped", () => {
    space.write(AT, 1n);
    const pin = space.pin(AT);
    expect([...engine.pins]).toEqual([pin]);
    expect(pin.read()).toBe(1n);
    pin.write(2n);
    expect(space.read(AT)).toBe(2n);
    if (content === "full") {
      pin.write(3n, 4088);
      expect([space.read(AT), space.read(AT + 4088)]).toEqual([2n, 3n]);
    }
    pin.unpin();
    expect(engine.pins.size).toBe(0);
    for (const late of [() => pin.unpin(), () => pin.read(), () => pin.write(1n)])
      expect(late).toThrow(UsageError);
  });

  it("outlives the address space and keeps the frame", () => {
    const pin = space.pin(AT);
    pin.write(9n);
    space.exit();
    engine.settle();
    expect(engine.stats().frames).toBe(1);
    expect(pin.read()).toBe(9n);
    pin.unpin();
    engine.settle();
    expect(engine.stats().frames).toBe(0);
  });

  it("refuses to write through one for reading, odd offsets, and what cannot be accessed", () => {
    space.write(AT, 1n);
    {
      using pin = space.pin(AT, "read");
      expect(() => pin.write(1n)).toThrow(/allows only reading/);
      for (const offset of [-8, 4, 4096]) expect(() => pin.read(offset)).toThrow(UsageError);
    }
    expect(engine.pins.size).toBe(0);
    expect(() => space.pin(0x9000_0000)).toThrow(expect.objectContaining({ code: "EFAULT" }));
  });
});

async function run(text: string, cpus: number) {
  const operations = parseScript(text);
  const engine = await Engine.create({ cpus, checked: true });
  try {
    const { results, dumps } = await runScript(engine, operations);
    return { results, dumps, leaked: leakedPins(operations, results), frames: engine.usage().frames };
  } finally {
    await engine.dispose();
  }
}

describe.each([0, 1, 2])("in scripts, on %i CPUs", (cpus) => {
  it("are found again, survive the exit, and are copied at fork", async () => {
    const { results, dumps, leaked } = await run(
      `0 mmap 0 8 rw private anon
0 touch 0 8 w
0 pin 2 3 w
0 fork 1
cpu 1 1
dump
1 pin 0 2 r
1 exit
0 unpin 2 3
1 unpin 1 1
1 unpin 0 1`,
      cpus,
    );
    expect(results.filter((result) => result !== 0)).toEqual([]);
    expect(leaked).toEqual([]);
    const counts = dumps[0]?.procs["1"]?.pages.map(([page, , mapcount]) => [page, mapcount]);
    expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((page) => [page, page >= 2 && page < 5 ? 1 : 2]));
  });

  it("are all or none, and not dropped twice", async () => {
    const { results, leaked } = await run(
      "0 mmap 0 4 rw private anon\n0 pin 2 4 w\n0 unpin 2 1\n0 pin 0 4 w\n0 unpin 1 4\n0 unpin 0 4\n0 unpin 0 1",
      cpus,
    );
    expect(results).toEqual([0, "EFAULT", "EINVAL", 0, "EINVAL", 0, "EINVAL"]);
    expect(leaked).toEqual([]);
  });

  it("are 512 at most", async () => {
    const { results } = await run(
      "0 mmap 0 600 rw private anon\n0 pin 0 513 w\n0 pin 0 512 w\n0 pin 599 1 r\n0 unpin 0 512\n0 pin 0 1 w\n0 unpin 0 1",
      cpus,
    );
    expect(results).toEqual([0, "ENOMEM", 0, "EFAULT", 0, 0, 0]);
  });

  it("are named in an error when nobody has dropped them", async () => {
    const { leaked } = await run(
      "0 mmap 0 4 rw private anon\n0 fork 1\n1 pin 0 2 w\n1 pin 1 1 w\n1 unpin 1 1\n1 exit",
      cpus,
    );
    expect(leakedPinsText(leaked)).toBe(
      "2 pages are still pinned at the end: page 0 of process 1 (`1 pin 0 2 w` in line 3), page 1 of process 1 (`1 pin 0 2 w` in line 3)",
    );
  });
});

it("a pin can be dropped after the exit of its process, and of no process that never was", () => {
  expect(parseScript("0 fork 1\n1 exit\n1 unpin 0 1")).toHaveLength(3);
  expect(() => parseScript("1 unpin 0 1")).toThrow(/process 1 does not exist yet/);
  expect(() => parseScript("0 fork 1\n1 exit\n1 pin 0 1 w")).toThrow(/process 1 exited in line 2/);
});
