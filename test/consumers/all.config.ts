import { defineConfig } from "vitest/config";

/** Installs the packed package where others would, and uses it there: `.ci/run` does, `npm test` does not. */
export default defineConfig({
  test: {
    include: ["test/consumers/*.campaign.ts"],
    pool: "forks",
    testTimeout: 20 * 60_000,
    hookTimeout: 20 * 60_000,
  },
});
