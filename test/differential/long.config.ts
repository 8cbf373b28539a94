import { defineConfig } from "vitest/config";

/** Runs the comparison with the model on thirty times as many random scripts as `vitest run`. */
export default defineConfig({
  test: {
    include: ["test/differential/differential.test.ts"],
    env: { RMAP_SCRIPTS: process.env["RMAP_SCRIPTS"] ?? "2000" },
    pool: "forks",
    testTimeout: 3_600_000,
  },
});
