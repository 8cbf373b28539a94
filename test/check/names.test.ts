/** A data race on what a page holds names the page. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { Names } from "../../dist/inspect/names.js";

it("names the frame whose content stands at an address", async () => {
  const module = await WebAssembly.compile(
    readFileSync(new URL("../../dist/engine.checked.wasm", import.meta.url)),
  );
  const holder = (content: "none" | "word" | "full", frame: number, bytes: number) => {
    const { control } = new CheckedMachine(module, { frames: 24, swap: 0, content });
    return new Names(control).holder(control.get("contentBase") + frame * bytes);
  };
  expect(holder("word", 3, 8)).toBe("the content of frame 3");
  expect(holder("full", 3, 4096)).toBe("the content of frame 3");
  expect(holder("full", 3.5, 4096)).toBe("the content of frame 3");
  expect(holder("word", 24, 8)).toBe("the content of frame 24");
  expect(holder("word", 25, 8)).not.toContain("content");
  expect(holder("none", 3, 8)).not.toContain("content");
});
