import { defineConfig } from "vitest/config";

/** Compiles every variant, of which `vitest run` compiles a third. */
export default defineConfig({
  test: {
    include: ["test/variants/compile.test.ts"],
    env: { RMAP_VARIANTS: "all" },
    pool: "forks",
    testTimeout: 3_600_000,
  },
});
