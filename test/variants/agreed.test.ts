/** Constants of `layout.ts` that the host takes for granted: another value is refused with its place, whatever it is. */
import { expect, it } from "vitest";
import { mustAgree } from "../../dist/build/agreed.js";
import { BuildError } from "../../dist/build/diagnostic.js";

const TEXT = "// a\nexport const PAGE_SIZE: u32 = 1;\nexport const MAX_CPUS: u32 = 64;\n";
const sources = new Map([["layout.ts", { file: "mine/layout.ts", text: TEXT }]]);

function refusal(constants: Readonly<Record<string, number | string>>): BuildError | undefined {
  try {
    mustAgree(constants, sources);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(BuildError);
    return error as BuildError;
  }
}

it.each([0, 1, 3000, 8192, 2 ** 31, "18446744073709551615"])("PAGE_SIZE = %s", (value) => {
  expect(refusal({ PAGE_SIZE: value })).toMatchObject({
    message: `mine/layout.ts:2:1: PAGE_SIZE is ${value}, and must be 4096: pages of scripts, recordings and page tables have 4096 bytes`,
    exitCode: 5,
  });
});

it("names every constant that is wrong, and none that is right or not there", () => {
  expect(refusal({ PAGE_SIZE: 4096, MAX_CPUS: 64, PTRS_PER_TABLE: 512, ANOTHER: 0 })).toBeUndefined();
  const { diagnostics = [] } = refusal({ MAX_CPUS: 0, PTRS_PER_TABLE: 1 }) ?? {};
  expect(diagnostics.map(({ file, line }) => ({ file, line }))).toEqual([
    { file: "mine/layout.ts", line: 0 },
    { file: "mine/layout.ts", line: 3 },
  ]);
});
