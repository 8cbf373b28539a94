/** What nobody uses holds something: frames, slots and blocks, in programs and in races, and behind every restore. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { Room } from "../../dist/check/meetings/room.js";
import type { Control } from "../../dist/cpu/control.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { parseScript } from "../../dist/ops/script.js";
import { meetingOf } from "./mistakes.js";

const build = (name: string) =>
  new WebAssembly.Module(
    new Uint8Array(readFileSync(new URL(`../../dist/engine.${name}.wasm`, import.meta.url))),
  );

/** The first and the last words of the free frames, of the slots and of the blocks, without duplicates. */
function wordsIn(control: Control): bigint[] {
  const { layout, view } = control;
  const isFull = control.get("content") === layout.constant("CONTENT_FULL");
  const bytes = isFull ? layout.constant("PAGE_SIZE") : 8;
  const page = layout.struct("Page");
  const places: number[] = [];
  for (let frame = 1; frame <= control.get("frames"); frame++)
    if (view.u32(control.get("pageBase") + frame * page.size + page.offset("refcount")) === 0)
      places.push(control.get("contentBase") + frame * bytes);
  const swap = layout.constant("SWAP");
  const blocks = layout.constant("BLOCKS");
  const [slots, stores] = [layout.struct("Swap"), layout.struct("Blocks")];
  for (let slot = 0; slot < view.u32(swap + slots.offset("slots")); slot++)
    places.push(view.u32(swap + slots.offset("contentBase")) + slot * bytes);
  for (let block = 0; block < view.u32(blocks + stores.offset("blocks")); block++)
    places.push(view.u32(blocks + stores.offset("contentBase")) + block * bytes);
  expect(places.length).toBeGreaterThan(40);
  return [...new Set(places.flatMap((at) => [view.u64(at), view.u64(at + bytes - 8)]))];
}

const DIRT = 0xeeee_eeee_eeee_eeeen;

it.each(["word", "full"] as const)("in programs, where frames hold: %s", (content) => {
  const machine = new CheckedMachine(build("checked"), { frames: 24, swap: 16, content });
  expect(wordsIn(machine.control)).toEqual([DIRT]);
  const [mmap, write, read, empty] = parseScript(
    "0 mmap 0 4 rw private anon\n0 write 0 5\n0 expect 0 5\n0 expect 1 0",
  );
  for (const operation of [mmap, write]) machine.run(operation as NonNullable<typeof mmap>);
  expect(machine.run(read as NonNullable<typeof read>).value).toBe(5n);
  expect(machine.run(empty as NonNullable<typeof empty>).value).toBe(0n);
  machine.restore();
  expect(wordsIn(machine.control)).toEqual([DIRT]);
});

it("in races, and their setups use it", async () => {
  const scenario = meetingOf("paging out");
  const room = new Room({ scenario, module: build("model"), monitor: await loadMonitor() });
  expect(room.run(1, 20)).toEqual([]);
  const words = wordsIn(room.runner.machine.control);
  expect(words).toContain(DIRT);
  // Pages that the setup wrote and that have gone by now, and slots that pages were written to.
  expect(words.length).toBeGreaterThan(1);
});
