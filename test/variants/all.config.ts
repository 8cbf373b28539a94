import { defineConfig } from "vitest/config";

/** Compiles every variant, of which `vitest run` compiles a tenth. */
export default defineConfig({
  test: {
    include: ["test/variants/compile.test.ts"],
    env: { RMAP_TESTS: "all" },
    pool: "forks",
    testTimeout: 3_600_000,
  },
});
