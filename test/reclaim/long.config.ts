import { defineConfig } from "vitest/config";

/** Runs the long campaign of reclaim, which `vitest run` leaves out. */
export default defineConfig({
  test: { include: ["test/reclaim/long.campaign.ts"], pool: "forks", testTimeout: 3_600_000 },
});
