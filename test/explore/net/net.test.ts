/** The net over the engine: it sees every access, mainline has no race, and a race that is put in is found. */

import { describe, expect, test } from "vitest";
import { seePlain } from "../../../dist/build/plain.js";
import { parseHook } from "../../../dist/explore/access.js";
import { Access, RandomStrategy } from "../../../dist/explore/index.js";
import { plainPlaces } from "../../../dist/wasm/plain.js";
import { count } from "../../support/sample.js";
import { modelEngine, SEED } from "../modules.js";
import { engineWithout, netRunner, racesIn, racesOfBoth } from "./engines.js";
import { NET_PROGRAMS } from "./programs.js";
import { REMOVED } from "./removed.js";

const module = modelEngine();
/** Executions of each program here: many times as many have been looked at. */
const EXECUTIONS = count(20, 40);

describe("nothing is unseen:", () => {
  test("the build calls the host at every load, store, copy and fill of the compiler's text, with its line", () => {
    const text = `(module
 (import "env" "memory" (memory $0 1 1 shared))
 (func $assembly/obj/page/Page#get:mapcount (param $this i32) (result i32)
  (i32.load offset=8
   (local.get $this)
  )
 )
 (func $assembly/mm/x/f (param $at i32)
  ;;@ assembly/mm/x.ts:3:2
  (i64.store offset=16
   ;;@ assembly/mm/x.ts:4:9
   (local.get $at)
   (i64.const 0)
  )
  ;;@ assembly/mm/x.ts:5:2
  (block $assembly/obj/blocks/Blocks#nextOf|inlined.0
   ;;@ assembly/obj/blocks.ts:33:9
   (drop
    (i32.load8_u
     (local.get $at)
    )
   )
  )
  ;;@ assembly/mm/x.ts:6:2
  (drop
   (call $assembly/obj/page/Page#get:mapcount
    (local.get $at)
   )
  )
  ;;@ assembly/mm/x.ts:7:2
  (memory.fill
   (local.get $at)
   (i32.const 0)
   (i32.const 8)
  )
  ;;@ assembly/mm/x.ts:8:2
  (memory.copy
   (local.get $at)
   (local.get $at)
   (i32.const 8)
  )
 )
)
`;
    const seen = seePlain(text, (file, line) => `${file}:${line}`);
    expect(seen.plain).toEqual([
      "assembly/mm/x.ts:3\tf",
      "assembly/mm/x.ts:5\tf",
      "assembly/mm/x.ts:6\tf\tPage.mapcount",
      "assembly/mm/x.ts:7\tf",
      "assembly/mm/x.ts:8\tf",
    ]);
    const own = seen.text.slice(seen.text.indexOf("assembly/obj/page"), seen.text.indexOf("(func $plain:"));
    expect(own).not.toMatch(/\((i32|i64)\.(load|store)|\(memory\.(copy|fill)/);
    expect(seen.text).toContain(
      "(call $plain:copy (local.get $place) (local.get $to) (local.get $from) (local.get $bytes))",
    );
    expect(seen.text).toContain(
      "(call $plain:fill (local.get $place) (local.get $to) (local.get $bytes) (local.get $value))",
    );
  });

  test.each(Object.keys(NET_PROGRAMS))(
    "every word that changes in %s was seen, so that a restore brings it back",
    (name) => {
      const { machine, runner } = netRunner(module, name);
      const { finding } = runner.execute(new RandomStrategy(SEED));
      expect(finding).toBeUndefined();
      machine.restore();
      expect(machine.monitor.restored).toBe(true);
    },
  );
});

describe("mainline has no race", () => {
  test.each(Object.keys(NET_PROGRAMS))("in %s", (name) => {
    expect(racesIn(module, name, EXECUTIONS).map(({ message }) => message)).toEqual([]);
  });
});

/** Rows of removed.ts, all taken away from one engine, and the race that each makes. The campaign takes each away alone. */
const SAMPLE: Readonly<Record<string, RegExp>> = {
  "table lock of a walk": /on entry .* in lockIfMapped /,
  "mark of the look at Vma.anonVma": /on Vma\.anonVma .* plain read .* in faultAnonPrepare /,
  "mark of the way down the page tables": /on entry .* plain read .* in leafAlloc /,
  "mark of the count of free frames": /on Zone\.free .* plain write .* in setFree /,
  "mark of a lookup without a lock": /on Vma\.(end|start) .* plain read .* in findVmaLockless /,
  "lock of the swap area, where a slot gets one more user": /on swap slot .* in setCount /,
  "barrier behind a slab page's constructor": /plain write .* in arenaZero /,
};

describe("the net is not emptied: there is a race", async () => {
  const rows = Object.keys(SAMPLE).map((name) => {
    const row = REMOVED[name];
    if (row === undefined) throw new Error(`there is no row ${name}`);
    return row;
  });
  const engine = await engineWithout(rows);

  test.each(Object.entries(SAMPLE))("without the %s", (name, expected) => {
    const races = racesIn(engine, REMOVED[name]?.program ?? "", 300, ({ message }) => expected.test(message));
    expect(races.map(({ message }) => message).join("\n")).toMatch(expected);
  });

  test("and the same one if the engine's checks are decisions, as in a reduced search: what they look at is no race", () => {
    const [bounded, reduced] = racesOfBoth(engine, "first faults", 10);
    expect(bounded?.length).toBeGreaterThan(0);
    expect(reduced).toEqual(bounded);
  });
});

describe("what the engine's checks do", () => {
  const [DATA, WORD] = [64, 128];
  /** The races of accesses at a place whose name begins so. */
  const races = (
    name: string,
    run: (hook: (cpu: number, name: string, at: number) => void, plain: Plain) => void,
  ) => {
    const { machine, net } = netRunner(module, "first faults");
    const place = machine.places.findIndex((each) => each.startsWith(name));
    expect(place).toBeGreaterThanOrEqual(0);
    net.begin();
    run(
      (cpu, hook, at) => machine.observer?.(cpu, new Access().set(parseHook(hook), place, at, 1, 0)),
      (cpu, write) => machine.watcher?.(cpu, write, DATA, 4, plain),
    );
    net.end(true);
    return net.races().length;
  };
  type Plain = (cpu: number, write: boolean) => void;
  /** A plain access that is no check's. */
  const plain = plainPlaces(module).findIndex(({ line }) => line.startsWith("assembly/mm/"));

  test("races with nobody", () => {
    const look = (place: string) =>
      races(place, (hook, plain) => {
        plain(0, true);
        hook(1, "load32.once", DATA);
      });
    expect(look("rmap/")).toBe(1);
    expect(look("mem/shadow/mustBe")).toBe(0);
  });

  test.each([
    ["assembly/mm/", 1],
    ["assembly/check/", 0],
  ])("and neither does a look without a mark: %s", (folder, expected) => {
    const { machine, net } = netRunner(module, "first faults");
    const place = plainPlaces(module).findIndex(({ line }) => line.startsWith(folder));
    expect(place).toBeGreaterThanOrEqual(0);
    net.begin();
    machine.watcher?.(0, true, DATA, 4, plain);
    machine.watcher?.(1, false, DATA, 4, place);
    net.end(true);
    expect(net.races()).toHaveLength(expected);
  });

  test.each([
    ["an exchange", "xchg32.full", "xchg32.full", 1],
    ["a lock", "lock32.acquire", "unlock32.release", 0],
  ] as const)("orders nobody, unless it is done to a lock: %s", (_, first, last, expected) => {
    const handOver = (place: string) =>
      races(place, (hook, plain) => {
        hook(0, first, WORD);
        plain(0, true);
        hook(0, last, WORD);
        hook(1, first, WORD);
        plain(1, false);
      });
    expect(handOver("rmap/")).toBe(0);
    expect(handOver("mem/shadow/treeChangeEnd")).toBe(expected);
  });
});
