import { fileURLToPath } from "node:url";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/** The build's own folder for compiled engines. */
const CACHE = fileURLToPath(new URL("node_modules/.cache/rmap-engine", import.meta.url));

/** Files that take longest, the longest first: what starts last must be short, or one core waits for the other in the end. */
const LONGEST = [
  "check/command",
  "docs/readme",
  "cli/variant",
  "variants/compile",
  "stress-runner/stress-runner",
  "explore/net/net",
  "explore/rows",
  "cli/explore",
  "package/install",
  "explore/interleavings",
  "stress-runner/untrusted",
  "cli/shards",
  "browser/page",
  "fuzz/fuzz",
  "build/compile-all",
  "stress/stress",
];

/** Starts the longest files first, and the others as vitest would: those that took longest the last time, or are largest. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

/** Tests run against dist/: build first. Campaigns (hours, not seconds) are started by name, never by `vitest run`. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.campaign.ts", "node_modules/**", "dist/**"],
    // One folder for all engines that tests compile, so that no two compile the same one: it is also that of the build.
    env: { RMAP_CACHE: process.env["RMAP_CACHE"] ?? CACHE },
    setupFiles: ["test/support/setup.ts"],
    pool: "forks",
    // One process runs many files: to load the modules again for each file took a sixth of the suite's time.
    isolate: false,
    // Many files wait for a process that they started: three at a time keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // No test is about time: these end what hangs although nothing else noticed it (see test/support/patience.ts).
    testTimeout: 60 * 60_000,
    hookTimeout: 60 * 60_000,
    teardownTimeout: 60_000,
  },
});
