/** Recorded answers of the kernel: scripts and their JSON, stored as data. */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Answer, Dump, DumpPage, DumpProcess, DumpVma, Outcome } from "../../src/ops/outcome.js";

const FOLDER = new URL("../../answers/", import.meta.url);

/** Names of the recorded cases of a profile, such as `cow-1`. */
export function recordedCases(profile: string): string[] {
  return readdirSync(FOLDER)
    .filter((f) => f.startsWith(`${profile}-`) && f.endsWith(".ops"))
    .map((f) => f.slice(0, -".ops".length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** The script of a case. */
export function recordedScript(name: string): string {
  return readFileSync(new URL(`${name}.ops`, FOLDER), "utf8");
}

/** The kernel's answer to it. */
export function recordedAnswer(name: string): Answer {
  return readAnswer(gunzipSync(readFileSync(new URL(`${name}.json.gz`, FOLDER))).toString("utf8"));
}

type RawPageRow = [number, number, number | null, string, number];
interface RawAnswer {
  results: Outcome[];
  dumps: { at: number; procs: Record<string, { vmas: DumpVma[]; pages: RawPageRow[] }> }[];
}

/** Reads the recorded form. Values above 2^53 would not be exact; the recorded ones are small. */
function readAnswer(text: string): Answer {
  const raw = JSON.parse(text) as RawAnswer;
  const dumps = raw.dumps.map((d): Dump => {
    const procs: Record<string, DumpProcess> = {};
    for (const [p, { vmas, pages }] of Object.entries(d.procs)) {
      procs[p] = { vmas, pages: pages.map(([a, b, c, e, value]): DumpPage => [a, b, c, e, BigInt(value)]) };
    }
    return { at: d.at, procs };
  });
  return { results: raw.results, dumps };
}
