import { defineConfig } from "vitest/config";

/** Runs every row of removed.ts, which `vitest run` leaves out. */
export default defineConfig({
  test: { include: ["test/explore/net/removed.campaign.ts"], pool: "forks", testTimeout: 600_000 },
});
