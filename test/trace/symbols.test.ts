/** The kernel's functions behind a recording: written, read, and found in the kernel's list. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { appendSymbols, functionsAt, symbolsIn } from "../../src/cli/record/symbols.js";
import { CAUSE_USERFAULTFD, causeName, causeOfFunction, NO_CAUSE } from "../../src/trace/causes.js";
import { readSymbols, symbolBytes } from "../../src/trace/perf/symbols.js";
import { randomMemory } from "../../src/trace/random.js";

const FUNCTIONS = new Map([
  [0xffff_8169_8ab2, "mfill_atomic_install_pte"],
  [0xffff_8160_06c2, "try_to_unmap_one"],
  [0xffff_c000_0010, "ein_wörtchen"],
]);

function behind(bytes: Uint8Array): Uint8Array {
  return new Uint8Array([...new Uint8Array(100).fill(7), ...bytes]);
}

describe("the functions behind a recording", () => {
  it("are read as they were written", async () => {
    expect(await readSymbols(randomMemory(behind(symbolBytes(FUNCTIONS))))).toEqual(FUNCTIONS);
  });

  it("are none where perf alone wrote, and fewer or none where they are damaged", async () => {
    const whole = behind(symbolBytes(FUNCTIONS));
    expect((await readSymbols(randomMemory(behind(new Uint8Array(0))))).size).toBe(0);
    expect((await readSymbols(randomMemory(new Uint8Array(3)))).size).toBe(0);
    for (let at = 100; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] as number) ^ 0xff;
      expect((await readSymbols(randomMemory(damaged))).size).toBeLessThanOrEqual(FUNCTIONS.size);
    }
  });
});

describe("the kernel's list", () => {
  const LIST = [
    "ffffffff81600000 T try_to_unmap",
    "ffffffff81600700 t next",
    "0000000000001000 A per_cpu",
    "ffffffffc0000000 t of_a_module\t[module]",
    "ffffffff81600600 W try_to_unmap_one",
    "ffffffff81600600 D data",
    "",
  ].join("\n");

  it("says in which function an address lies", () => {
    const found = functionsAt([0xffff_8160_05ff, 0xffff_8160_06c2, 0xffff_c000_0010], symbolsIn(LIST));
    expect([...found.values()]).toEqual(["try_to_unmap", "try_to_unmap_one", "of_a_module"]);
  });

  it("says nothing where the kernel hides its addresses", () => {
    expect(symbolsIn(LIST.replaceAll(/^[0-9a-f]+/gm, "0".repeat(16)))).toEqual([]);
    expect(functionsAt([0xffff_8160_05ff], []).size).toBe(0);
  });
});

describe("a recording", () => {
  const folder = mkdtempSync(join(tmpdir(), "rmap-symbols-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const own = gunzipSync(readFileSync(new URL("../../traces/calls.perf.data.gz", import.meta.url)));

  /** A copy of the bundled recording, what appending says, and the copy afterwards. */
  async function appended(list: string | undefined): Promise<{ said: string | undefined; bytes: Buffer }> {
    const file = join(folder, "a.data");
    const kernel = join(folder, "kallsyms");
    writeFileSync(file, own);
    rmSync(kernel, { force: true });
    if (list !== undefined) writeFileSync(kernel, list);
    return { said: await appendSymbols(file, kernel), bytes: readFileSync(file) };
  }

  it("gets the functions in its stacks behind perf's own bytes", async () => {
    const { said, bytes } = await appended("ffffffff80000000 T everything\n");
    expect(said).toBeUndefined();
    expect(bytes.subarray(0, own.length).equals(own)).toBe(true);
    const names = [...(await readSymbols(randomMemory(bytes))).values()];
    expect(new Set(names)).toEqual(new Set(["everything"]));
  });

  it("stays as it was where the kernel tells nothing, and the reason is said", async () => {
    for (const [list, reason] of [
      ["0000000000000000 T hidden\n", /hides its addresses.*kptr_restrict/],
      [undefined, /no such file/],
    ] as const) {
      const { said, bytes } = await appended(list);
      expect(said).toMatch(reason);
      expect(bytes.equals(own)).toBe(true);
    }
  });
});

describe("a cause", () => {
  it("is known by its functions, and by the copies that compilers make of them", () => {
    expect(causeOfFunction("mfill_atomic")).toBe(CAUSE_USERFAULTFD);
    expect(causeName(causeOfFunction("try_to_unmap.part.0"))).toBe("reclaim");
    expect(causeName(causeOfFunction("__get_user_pages"))).toBe("get_user_pages");
    expect(causeOfFunction("handle_mm_fault")).toBe(NO_CAUSE);
    expect(causeName(NO_CAUSE)).toBe("");
  });
});
