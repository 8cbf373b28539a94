import { defineConfig } from "vitest/config";

/** Tests run against dist/: build first. Campaigns (hours, not seconds) are started by name, never by `vitest run`. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.campaign.ts", "node_modules/**", "dist/**"],
    pool: "forks",
    // Most files spend half of their time waiting for a process that they started: two at a time, on one core or many.
    maxWorkers: 2,
    // No test is about time: these end what hangs although nothing else noticed it (see test/support/patience.ts).
    testTimeout: 60 * 60_000,
    hookTimeout: 60 * 60_000,
    teardownTimeout: 60_000,
  },
});
