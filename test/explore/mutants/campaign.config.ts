import { defineConfig } from "vitest/config";

/** Runs every mutant, which `vitest run` leaves out. */
export default defineConfig({
  test: { include: ["test/explore/mutants/mutants.campaign.ts"], pool: "forks", testTimeout: 1_200_000 },
});
