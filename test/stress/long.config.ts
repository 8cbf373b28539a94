import { defineConfig } from "vitest/config";

/** Runs the long stress campaign, which `vitest run` leaves out. */
export default defineConfig({
  test: { include: ["test/stress/long.campaign.ts"], pool: "forks", testTimeout: 3_600_000 },
});
