/** Findings: the string replays elsewhere, the turns are few, the story has names and lines. */

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileInThread } from "../../../dist/build/index.js";
import { parseTurns } from "../../../dist/explore/index.js";
import { replay } from "../../../dist/explore/replay.js";
import { exploreRow, type RowFinding, type RowReport, runnerOf } from "../../../dist/explore/row.js";
import { shrink } from "../../../dist/explore/shrink.js";
import { storyLines } from "../../../dist/report/story-text.js";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import type { Scenario } from "../../../dist/scenario/race.js";
import { loadVariant } from "../../../dist/scenario/variant.js";
import { CACHE, modelEngine, monitorModule } from "../modules.js";

const monitor = monitorModule();
const settings = { strategy: "bounded", preemptions: 2, seed: 1 } as const;

async function raceNamed(name: string): Promise<Scenario> {
  const found = (await loadScenarios()).find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no race ${name}`);
  return found;
}

/** The model build of a variant, with further folders laid over it. */
async function moduleOf(variant: string, more: readonly string[] = []): Promise<WebAssembly.Module> {
  const { layers } = await loadVariant(variant);
  const overlays = [[...layers, ...more]];
  const { wasm } = await compileInThread({ target: "model", overlays }, { cache: CACHE });
  return WebAssembly.compile(new Uint8Array(wasm));
}

function foundIn({ found }: RowReport): RowFinding {
  if (found === undefined) throw new Error("the row found nothing");
  return found;
}

/** A folder that changes a function in which no turn of the finding below ends: later places get other numbers. */
function unrelatedEdit(): string {
  const source = readFileSync(new URL("../../../assembly/vma/lock.ts", import.meta.url), "utf8");
  const body = /function vmaTryRead[\s\S]*?\n}\n/.exec(source)?.[0];
  if (body === undefined) throw new Error("assembly/vma/lock.ts has no vmaTryRead");
  const folder = mkdtempSync(join(tmpdir(), "rmap-story-"));
  mkdirSync(join(folder, "vma"));
  const looks = "{\n  if (readOnce32(vma.refcntAt) == 0x7654 || readOnce32(vma.mmAt) == 0) return false;\n";
  writeFileSync(join(folder, "vma/lock.ts"), body.replace("{\n", looks));
  return folder;
}

describe("a finding", async () => {
  const scenario = await raceNamed("first-fault");
  const module = await moduleOf("2008-original");
  const found = foundIn(exploreRow({ scenario, module, monitor, settings }));

  it("is told with operations, lines and names", () => {
    expect(found.invariant).toBe("I1");
    expect(found.conclusion).toMatch(
      /^CPU 2, in `scan 1`, at walkList \(2008-merged\/rmap\/walk\.ts:\d+\) finds: I1: /,
    );
    expect(found.conclusion).toMatch(
      /\(anon_vma A\); CPU 0, in `1 write 0 116`, at listAddTail .* still: has yet to store/,
    );
    expect(found.conclusion).not.toMatch(/0x/);
    const publishes = found.events.find(({ text }) =>
      text.startsWith("stores anon_vma A in VMA A's anonVma"),
    );
    expect(publishes).toMatchObject({
      cpu: 0,
      operation: "1 write 0 116",
      file: "2008-original/rmap/prepare.ts",
      function: "anonVmaPrepare",
    });
    expect(publishes?.line).toBeGreaterThan(0);
    expect(found.events.filter(({ finds }) => finds).map(({ cpu, file }) => [cpu, file])).toEqual([
      [2, "2008-merged/rmap/walk.ts"],
    ]);
    expect(found.events.filter(({ pending }) => pending).map(({ cpu, text }) => [cpu, text])).toEqual([
      [0, "has yet to store VMA A in anon_vma A's last"],
    ]);
    const uses = found.events.findIndex(
      ({ cpu, text }) => cpu === 1 && text === "reads VMA A's anonVma: anon_vma A",
    );
    expect(uses).toBeGreaterThan(found.events.findIndex(({ text }) => text === publishes?.text));
  });

  it("is told without what every operation does: allocators, statistics, repetition", () => {
    expect(found.events.length).toBeLessThan(40);
    for (const { file, text } of found.events) {
      expect(file).not.toMatch(/^[^/]+\/(mem|lru|check)\//);
      expect(text).not.toMatch(/zone|slab cache|LRU lists|the machine's/);
    }
  });

  it("replays on a build after an unrelated edit", async () => {
    const other = await moduleOf("2008-original", [unrelatedEdit()]);
    const again = exploreRow({
      scenario,
      module: other,
      monitor,
      settings: { ...settings, replay: found.replay },
    });
    expect(again.executions).toBe(1);
    expect(foundIn(again)).toMatchObject({ invariant: "I1", replay: found.replay });
  });

  it("shows nothing on a protocol without the bug, where the string fits", () => {
    const mainline = modelEngine();
    const report = exploreRow({
      scenario,
      module: mainline,
      monitor,
      settings: { ...settings, replay: "0 1 2" },
    });
    expect(report.found).toBeUndefined();
    const wrong = { ...settings, replay: "0@no/such/place#1:1 1 2" };
    expect(() => exploreRow({ scenario, module: mainline, monitor, settings: wrong })).toThrow(
      /no place no\/such\/place#1/,
    );
  });

  it("is shrunk: turns that do not matter go, always in the same way", () => {
    const runner = runnerOf({ scenario, module, monitor });
    // Two more switches, in the first operation and in the second one.
    const padded = `2@reclaim/idle/scanIdle#1:1 ${found.replay}`;
    const turns = parseTurns(padded);
    const { finding } = replay(runner, turns);
    if (finding === undefined) throw new Error("the padded turns show nothing");
    const [once, twice] = [shrink(runner, turns, finding), shrink(runner, turns, finding)];
    expect(once?.turns).toEqual(parseTurns(found.replay));
    expect(twice).toEqual(once);
    expect(once?.replays).toBeLessThanOrEqual(200);
  });

  it("has a column for each CPU where there is room, and no line wider than the terminal where there is none", () => {
    const wide = storyLines(found.events, undefined, 132);
    expect(wide[0]).toMatch(/^CPU 0 +CPU 1 +CPU 2$/);
    const column = (wide[0] ?? "").indexOf("CPU 2");
    expect(wide.find((line) => line.includes("begins `scan 1`"))?.indexOf("begins")).toBe(column);
    for (const width of [40, 80, 132]) {
      const lines = storyLines(found.events, undefined, width);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
    expect(storyLines(found.events, undefined, 40).some((line) => line === "CPU 2 begins `scan 1`")).toBe(
      true,
    );
  });
});
