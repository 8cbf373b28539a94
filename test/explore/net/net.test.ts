/** The net over the engine: it sees every access, mainline has no race, and a race that is put in is found. */

import { describe, expect, test } from "vitest";
import { seePlain } from "../../../dist/build/plain.js";
import { RandomStrategy } from "../../../dist/explore/index.js";
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

  test("and a false one if the net hears the engine's checks", () => {
    const [, reduced] = racesOfBoth(engine, "first faults", 10, true);
    expect(reduced?.join("\n")).toMatch(/arenaZero .* (slabState|mustBe\w+|isOfType|shadowAt) /);
  });
});
