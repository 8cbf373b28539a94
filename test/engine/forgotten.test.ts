/** Engines that nobody disposes: their threads and memory go with them, and they do not keep a program alive. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { PATIENCE } from "../support/patience.js";

const run = promisify(execFile);
const library = new URL("../../dist/index.js", import.meta.url).href;
const cwd = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a program in a process of its own; what it prints. Fails when it does not end by itself. */
async function program(code: string): Promise<string> {
  const args = ["--expose-gc", "--input-type=module", "-e", `import { Engine } from "${library}";\n${code}`];
  const { stdout } = await run(process.execPath, args, { cwd, timeout: PATIENCE });
  return stdout;
}

/** Threads and gigabytes of addresses of the process; and an engine that only its caller may know. */
const TOOLS = `
  import { readdirSync, readFileSync } from "node:fs";
  import { setTimeout as sleep } from "node:timers/promises";
  const status = (name) => Number(new RegExp(name + ":\\\\s+(\\\\d+)").exec(readFileSync("/proc/self/status", "utf8"))[1]);
  // Node's own threads for files start at the first file that is read: some versions name them.
  // A thread may end between the two looks.
  const nameOf = (id) => {
    try {
      return [readFileSync("/proc/self/task/" + id + "/comm", "utf8")];
    } catch {
      return [];
    }
  };
  const names = () => readdirSync("/proc/self/task").flatMap(nameOf);
  const use = () => ({
    threads: names().filter((name) => !name.startsWith("libuv")).length,
    gigabytes: Math.round(status("VmSize") / 2 ** 20),
  });
  async function made(options) {
    const engine = await Engine.create({ memory: 2 ** 20, ...options });
    const space = engine.spawn();
    const page = space.mmap(4096);
    space.write(page, 1n);
    if (engine.cpus === 0) return engine;
    const batch = engine.batch();
    batch.on(0).write(space, page, 2n);
    await batch.run();
    return engine;
  }
  // Finalisation runs some turns after a collection, and a thread ends some time later: looks that often, at most.
  async function until(done) {
    for (let turn = 0; turn < 4000 && !done(use()); turn++) {
      gc();
      await sleep(25);
    }
  }
`;

describe.skipIf(process.platform !== "linux")("an engine that is forgotten", () => {
  it.each([
    ["without worker CPUs", "{}", 0],
    ["with two", "{ cpus: 2 }", 2],
    ["with kswapd", "{ cpus: 1, kswapd: true }", 2],
  ])("%s gives its threads and its memory back", async (_, options, threads) => {
    const stdout = await program(`${TOOLS}
      const before = use();
      let engines = [];
      for (let count = 0; count < 3; count++) engines.push(await made(${options}));
      const peak = use();
      engines = undefined;
      await until(({ threads, gigabytes }) => threads <= before.threads && gigabytes <= before.gigabytes + 2);
      console.log(JSON.stringify({ before, peak, after: use() }));`);
    const { before, peak, after } = JSON.parse(stdout);
    expect(peak.threads - before.threads).toBeGreaterThanOrEqual(threads > 0 ? 3 * threads : 0);
    expect(after.threads).toBeLessThanOrEqual(before.threads);
    expect(after.gigabytes).toBeLessThanOrEqual(before.gigabytes + 2);
  });

  it("lives as long as a handle of it does", async () => {
    const stdout = await program(`${TOOLS}
      const idle = use();
      const spaceOf = async () => (await Engine.create({ cpus: 1 })).spawn();
      const space = await spaceOf();
      for (let turn = 0; turn < 5; turn++) {
        gc();
        await sleep(10);
      }
      const page = space.mmap(4096);
      space.write(page, 5n);
      console.log(String(space.read(page)), use().threads > idle.threads);`);
    expect(stdout).toBe("5 true\n");
  });
});

it.each(["{}", "{ cpus: 2 }", "{ cpus: 1, kswapd: true }"])(
  "an idle engine %s that nobody disposes does not keep the program alive",
  async (options) => {
    const code = `globalThis.engine = await Engine.create(${options}); console.log("idle");`;
    expect(await program(code)).toBe("idle\n");
  },
);
