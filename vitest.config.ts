import { defineConfig } from "vitest/config";

/** Tests run against dist/: build first. Campaigns (hours, not seconds) are started by name, never by `vitest run`. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.campaign.ts", "node_modules/**", "dist/**"],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
