/** `rmap bench`: its form, not its figures. */

import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CATALOGUE } from "../../dist/bench/catalogue.js";
import { PATIENCE } from "../support/patience.js";
import { mainPath, rmap, schemaErrors } from "../support/rmap.js";
import { sample } from "../support/sample.js";

const QUICK = ["--repeats", "1"];

interface Row {
  readonly name: string;
  readonly engine: string;
  readonly cpus: number;
  readonly latency?: { readonly p50: number; readonly p99: number; readonly p999: number };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rmap-bench-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function bench(...args: string[]) {
  const { code, stdout, stderr } = await rmap(["bench", ...args, ...QUICK, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const result = JSON.parse(stdout);
  expect(schemaErrors("bench", result)).toBeUndefined();
  return result as {
    machine: { node: string };
    rows: Row[];
    ratios: Record<string, number>;
    withoutPeer: Record<string, Record<string, string>>;
    targets: { name: string }[];
  };
}

describe("rmap bench", () => {
  it("has the rows that it is asked for, in its own order, and writes a page that needs nothing from outside", async () => {
    const file = join(folder, "bench.html");
    const { rows, machine } = await bench(
      ...["trace-parse", "calibrate", "fault", "--cpus", "1", "--no-peers", "--html", file],
    );
    expect(machine.node).toBe(process.version);
    expect(rows.map(({ name, engine }) => `${name} ${engine}`)).toEqual([
      "calibrate wasm",
      "fault wasm",
      "trace-parse wasm",
    ]);
    const page = await readFile(file, "utf8");
    expect(page).toMatch(/<svg[\s\S]*<rect[\s\S]*<\/svg>/);
    expect(page).toContain("first write to a page");
    expect(page).not.toMatch(/\b(src|href)=|@import|url\(|<script/);
  });

  it("compares CPUs with the machine's own scaling", async () => {
    const { ratios, rows, targets } = await bench("calibrate", "fault-unmap", "--cpus", "1,2", "--no-peers");
    expect(Object.keys(ratios)).toEqual(["calibrate:2/1", "fault-unmap:2/1", "fault-unmap:2/1:of-calibrate"]);
    expect(targets.map(({ name }) => name)).toEqual(["fault-unmap:2/1:of-calibrate"]);
    expect(rows.map(({ cpus }) => cpus)).toEqual([1, 2, 1, 2]);
    for (const { latency } of rows.slice(2)) {
      expect(latency?.p50).toBeGreaterThan(0);
      expect(latency?.p99).toBeGreaterThanOrEqual(latency?.p50 ?? 0);
      expect(latency?.p999).toBeGreaterThanOrEqual(latency?.p99 ?? 0);
    }
  });

  it("measures each row on each peer, or says why not", async () => {
    // One of the kernel's own, of the engine's alone, with a form in C, and with neither; `npm test` takes one.
    const names = sample(["fork-1m", "lru-add", "rmap-walk-1", "swap-cycle"], 1, "test/cli/bench");
    const { rows, withoutPeer } = await bench(...names);
    for (const name of names) {
      const measured = rows.filter((row) => row.name === name).map(({ engine }) => engine);
      const explained = Object.keys(withoutPeer[name] ?? {});
      expect([...measured, ...explained].sort(), name).toEqual(["linux", "model", "native-c", "wasm"]);
      expect(measured).toContain("wasm");
      for (const why of Object.values(withoutPeer[name] ?? {})) expect(why.length).toBeGreaterThan(5);
    }
  });

  it("reads perf's own form, and says why a large recording cannot be made", async () => {
    const environment = { ...process.env, PATH: "/no/programs" };
    const words = ["bench", "perf-data", "replay-recording", "--no-peers", ...QUICK, "--json"];
    const { status, stdout } = spawnSync(process.execPath, [mainPath, ...words], {
      env: environment,
      encoding: "utf8",
      timeout: PATIENCE,
    });
    expect(status).toBe(0);
    const { rows, withoutPeer } = JSON.parse(stdout) as Awaited<ReturnType<typeof bench>>;
    expect(rows.map(({ name, engine }) => `${name} ${engine}`)).toEqual(["perf-data wasm"]);
    expect(withoutPeer["replay-recording"]).toMatchObject({
      wasm: expect.stringContaining("there is no perf that runs"),
      linux: expect.stringContaining("there is no perf that runs"),
    });
  });

  it("names every row once", () => {
    const names = CATALOGUE.map(({ name }: { name: string }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
