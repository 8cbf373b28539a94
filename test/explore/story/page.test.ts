/** The page of a finding: whole in one file, every event once, with its line of the source. */

import { describe, expect, it } from "vitest";
import { pageOf } from "./pages.js";

const EVENTS = [
  { cpu: 0, operation: "1 write 0 116", file: "", line: 0, function: "", text: "begins `1 write 0 116`" },
  {
    ...{ cpu: 0, operation: "1 write 0 116", file: "2008-original/rmap/prepare.ts", line: 1 },
    ...{ function: "anonVmaPrepare", text: "stores <A> & <B>" },
  },
  {
    ...{ cpu: 2, operation: "scan 1", file: "assembly/rmap/walk.ts", line: 3 },
    ...{ function: "rmapWalk", text: "reads it", finds: true as const },
  },
];

const page = (found: boolean): Promise<string> => pageOf([found ? EVENTS : null]);

describe("the page of a finding", () => {
  it("needs nothing but itself, and escapes what it shows", async () => {
    const html = await page(true);
    expect(html).not.toMatch(/(?:src|href)=|https?:|@import|url\(/);
    expect(html).toContain("stores &#60;A&#62; &#38; &#60;B&#62;");
    expect(html).toContain("CPU 2, in <code>scan 1</code>, finds &#60;it&#62;");
    expect(html).toContain("prefers-color-scheme: dark");
    expect(html).toContain("@media print");
  });

  it("has each event once, in a row of its own and in its CPU's column", async () => {
    const html = await page(true);
    const steps = [...html.matchAll(/<li [^>]*style="--column:(\d);--row:(\d)"/g)].map(([, column, row]) => [
      column,
      row,
    ]);
    expect(steps).toEqual([
      ["1", "1"],
      ["1", "2"],
      ["2", "3"],
    ]);
  });

  it("marks where it is found", async () => {
    expect((await page(true)).match(/<em>found here<\/em>/g)).toHaveLength(1);
  });

  it("shows the line of the source, of the variant and of the engine", async () => {
    const html = await page(true);
    expect(html.match(/<mark>/g)).toHaveLength(2);
    expect(html).toMatch(/<mark> {3}1 {2}\/\*\*/);
    expect(html).toMatch(/<mark> {3}3 {2}/);
  });

  it("moves by keys that its script knows, and the script is valid", async () => {
    const script = /<script>([\s\S]*)<\/script>/.exec(await page(true))?.[1] ?? "";
    for (const key of ["ArrowDown", "ArrowUp", "j", "k", "Home", "End"])
      expect(script).toMatch(new RegExp(`\\b${key}: ?"`));
    expect(() => new Function(script)).not.toThrow();
  });

  it("says that there is none where there is none", async () => {
    expect(await page(false)).toContain("Nothing in 9 executions; complete.");
  });
});
