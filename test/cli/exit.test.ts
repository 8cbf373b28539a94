/** The program ends itself when its work is done. What it has written must arrive whole, however late somebody reads. */
import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { ended, until } from "../support/patience.js";
import { mainPath } from "../support/rmap.js";

it("a result that is longer than a pipe arrives whole", async () => {
  const words = ["replay", "traces/bash.perf.txt.gz", "--to-ops", "-"];
  const { stdout: expected } = await rmapHere(words);
  expect(expected.length).toBeGreaterThan(2 ** 16);
  const child = spawn(process.execPath, [mainPath, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  // Nobody reads until there is something to read: by then the pipe is full, or the program is done.
  await until("the first bytes", () => child.stdout.readableLength > 0 || !child.stdout.read(0));
  const { code, stdout, stderr } = await ended(child, "a replay that writes operations");
  expect(code, stderr).toBe(0);
  expect(stdout).toBe(expected);
});
