/** `rmap bench`: its form, not its figures. */

import { describe, expect, it } from "vitest";
import { rmap, schemaErrors } from "./rmap.js";

describe("rmap bench", () => {
  it("prints rows that follow the schema", async () => {
    const { code, stdout, stderr } = await rmap([
      "bench",
      "calibrate",
      "trace-parse",
      "read-hit",
      "--cpus",
      "1",
      "--json",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = JSON.parse(stdout);
    expect(schemaErrors("bench", result)).toBeUndefined();
    expect(result.rows.map(({ name }: { name: string }) => name)).toEqual([
      "calibrate",
      "read-hit",
      "trace-parse",
    ]);
  });

  it("compares CPUs with the machine's own scaling", async () => {
    const { stdout } = await rmap(["bench", "calibrate", "fault-unmap", "--cpus", "1,2", "--json"]);
    const { ratios } = JSON.parse(stdout);
    expect(Object.keys(ratios)).toEqual([
      "calibrate-2-to-1",
      "fault-unmap-2-to-1",
      "fault-unmap-2-to-1-of-calibrate",
    ]);
  });
});
