/** The cache of the build: the same engine again, and never a broken or another one. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileInThread } from "../../dist/build/index.js";
import { makeProject, removeProject } from "../support/project.js";

let root: string;
beforeAll(async () => {
  root = await makeProject();
});
afterAll(() => removeProject(root));

describe("cache", () => {
  test("gives the same engine again, and notices a change", async () => {
    const cache = join(root, "cache");
    const first = await compileInThread({ root, text: true }, { cache });
    const second = await compileInThread({ root, text: true }, { cache });
    expect(second).toEqual(first);
    expect(second.text).toContain("(module");
    await compileInThread({ root, target: "checked" }, { cache });
    expect((await readdir(cache)).filter((name) => name.endsWith(".engine"))).toHaveLength(2);
  });

  test("compiles again what is cut off, changed or another engine's", async () => {
    const cache = join(root, "cache-broken");
    const good = await compileInThread({ root }, { cache });
    await compileInThread({ root, target: "checked" }, { cache });
    const [one, other] = (await readdir(cache)).map((name) => join(cache, name)) as [string, string];
    const [first, second] = [await readFile(one), await readFile(other)];
    const changed = Buffer.from(first);
    changed.writeUInt8(changed.readUInt8(changed.length - 9) ^ 1, changed.length - 9);
    for (const [mine, others] of [
      [first.subarray(0, 1000), second.subarray(0, 20)],
      [changed, Buffer.alloc(0)],
      [second, first],
    ] as const) {
      await writeFile(one, mine);
      await writeFile(other, others);
      expect(await compileInThread({ root }, { cache })).toEqual(good);
    }
  });

  test("is done without where it cannot be written", async () => {
    const cache = join(root, "no-folder");
    await writeFile(cache, "a file");
    await expect(compileInThread({ root }, { cache })).resolves.toHaveProperty("wasm");
  });
});
