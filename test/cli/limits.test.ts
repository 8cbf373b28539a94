/** Too little memory, and Ctrl-C: one sentence that says what and where, the documented exit code, nothing on stdout, no hang. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseSize } from "../../dist/cli/size.js";
import { OutOfRoom, type Room } from "../../dist/engine/exhausted.js";
import { rmapHere } from "../support/here.js";
import { interrupted } from "../support/rmap.js";

const TRACE = new URL("../../traces/threads.perf.txt.gz", import.meta.url).pathname;

/** The sizes that a hint suggests, by option. */
function suggestions(stderr: string): [string, number][] {
  return [...stderr.matchAll(/(--\w+) (\d+[KMG])/g)].map(([, option, size]) => [
    option as string,
    parseSize(option as string, size),
  ]);
}

/** A trace in which processes share `shared` pages, each have `own` ones, and access them `turns` times. */
function sharingTrace(shared: number, own: number, turns: number, processes = 3): string {
  const lines: string[] = [];
  let time = 0;
  const say = (process: number, body: string) => {
    const stamp = `5.${String(++time).padStart(9, "0")}`;
    lines.push(`  c ${process}/${process} [00${process % 4}] ${stamp}: ${body}`);
  };
  const map = (at: string, pages: number, flags: string) => {
    const length = (pages * 4096).toString(16);
    say(
      10,
      `syscalls:sys_enter_mmap: addr: ${at}, len: 0x${length}, prot: 0x3, flags: ${flags}, fd: 0xffffffff, off: 0x0`,
    );
    say(10, `syscalls:sys_exit_mmap: ${at}`);
  };
  const access = (process: number, base: number, page: number, code: number) => {
    const address = (base + page * 4096).toString(16);
    say(process, `exceptions:page_fault_user: address=0x${address} ip=0x1 error_code=0x${code}`);
  };
  map("0x100000000000", shared, "0x21");
  map("0x200000000000", own, "0x22");
  for (let p = 1; p < processes; p++) say(10, `PERF_RECORD_FORK(${10 + p}:${10 + p}):(10:10)`);
  for (let i = 0; i < turns; i++) {
    // Steps that have no common divisor with the sizes: every page has its turn.
    access(10 + (i % processes), 0x100000000000, (i * 7919) % shared, i % 3 === 0 ? 4 : 6);
    if (i % 4 === 0) access(10 + (i % processes), 0x200000000000, (i * 7919) % own, 6);
  }
  return `${lines.join("\n")}\n`;
}

describe("too little memory", () => {
  it.each([
    [
      "without swap",
      ["--memory", "400K", "--swap", "0"],
      /; \d+ of 100 frames \(400\.0 KiB\) and \d+ of 1,048,576 blocks of the store \(4\.0 GiB\) were in use, and there is no swap\n/,
      /^hint: anonymous pages cannot leave memory without swap: try --swap 512M, or --memory 800K$/m,
    ],
    [
      "with swap that is full",
      ["--memory", "1M", "--swap", "1M"],
      /frames \(1\.0 MiB\) and 25\d of 256 swap slots \(1\.0 MiB\)/,
      /^hint: swap is full: try --swap 512M, or --memory 2M$/m,
    ],
    [
      "with hardly any swap",
      ["--memory", "8M", "--swap", "64K"],
      /of 2,048 frames \(8\.0 MiB\) and 16 of 16 swap slots \(64\.0 KiB\)/,
      /^hint: swap is full: try --swap 512M, or --memory 16M$/m,
    ],
  ])("ends a replay, %s", async (_, options, figures, hint) => {
    const { code, stdout, stderr } = await rmapHere(["replay", TRACE, "--cpus", "2", "--json", ...options]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^rmap: \S+threads\.perf\.txt\.gz:\d+: a (write|read|touch): no frame is free and none can be freed/,
    );
    expect(stderr).toMatch(figures);
    expect(stderr).toMatch(hint);
    for (const [option, suggested] of suggestions(stderr)) {
      const at = options.indexOf(option);
      if (at >= 0) expect(suggested, stderr).toBeGreaterThan(parseSize(option, options[at + 1]));
    }
    expect(stderr.trim().split("\n")).toHaveLength(2);
  });

  it("names the store when shared memory fills it, and gets along with a larger one", async () => {
    const trace = sharingTrace(1500, 300, 6000);
    const replay = (...options: string[]) =>
      rmapHere(["replay", "-", "--cpus", "2", "--memory", "2M", ...options], trace);
    const { code, stderr } = await replay("--store", "1M");
    expect(code).toBe(3);
    expect(stderr).toMatch(/256 of 256 blocks of the store \(1\.0 MiB\) were in use\n/);
    expect(stderr).toMatch(
      /^hint: the store behind files and shared memory is full: try --store 512M, or --memory 4M$/m,
    );
    expect((await replay("--store", "512M")).code).toBe(0);
    expect((await replay()).code).toBe(0);
  });

  it("names the room for page tables, and gets along with more", async () => {
    // Read-only memory that is populated at once: no frame but the zero page, and tables.
    const trace =
      "  c 10/10 [000] 1.000000001: syscalls:sys_enter_mmap: addr: 0x100000000000, len: 0x40000000, prot: 0x1, flags: 0x8022, fd: 0xffffffff, off: 0x0\n" +
      "  c 10/10 [000] 1.000000002: syscalls:sys_exit_mmap: 0x100000000000\n";
    const { code, stderr } = await rmapHere(["replay", "-", "--metadata", "1M"], trace);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^rmap: \(stdin\):2: a touch: no page is left for page tables: of 2\d\d pages \(1\.0 MiB\) for page tables and objects, 2\d\d were page tables and \d held objects\nhint: frames and swap do not help: try --metadata 64M\n$/,
    );
    expect((await rmapHere(["replay", "-", "--metadata", "64M"], trace)).code).toBe(0);
  });

  it("refuses at once what is too small for the CPUs", async () => {
    const { code, stderr } = await rmapHere(["replay", TRACE, "--cpus", "63", "--memory", "4K"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/--cpus.* 1 to 62/) });
    for (const [cpus, least] of [
      [2, "16K"],
      [62, "496K"],
    ] as const) {
      const refused = await rmapHere(["replay", TRACE, "--cpus", String(cpus), "--memory", "12K"]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(
        `memory must be at least ${least} for ${cpus} CPUs, two pages for each, not 12K`,
      );
    }
    expect((await rmapHere(["run", "-", "--cpus", "3", "--memory", "20K"], "dump\n")).code).toBe(2);
    expect((await rmapHere(["run", "-", "--cpus", "3", "--memory", "24K"], "dump\n")).code).toBe(0);
  });

  it("names the line of the trace", async () => {
    const { code, stderr } = await rmapHere([
      "replay",
      TRACE,
      "--cpus",
      "1",
      "--memory",
      "2M",
      "--swap",
      "0",
    ]);
    expect(code).toBe(3);
    const line = Number(/\.gz:(\d+): a write/.exec(stderr)?.[1]);
    const lines = gunzipSync(readFileSync(TRACE)).toString().split("\n");
    // A fault takes effect at its thread's next event: the line is that of an event soon after about 512 faults.
    const faults = lines.slice(0, line).filter((text) => text.includes("page_fault")).length;
    expect(faults).toBeGreaterThan(400);
    expect(faults).toBeLessThan(2000);
  });

  it("ends a script at the access that lacks it", async () => {
    const script = "0 mmap 0 100 rw private anon\n0 touch 0 10 w\n0 touch 10 90 w\n0 write 99 1\n";
    const { code, stdout, stderr } = await rmapHere(["run", "-", "--memory", "128K", "--swap", "0"], script);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^rmap: \(stdin\):3: `0 touch 10 90 w`: no frame is free [^;]*; 32 of 32 frames \(128\.0 KiB\) .* in use, and there is no swap/,
    );
    expect(stderr).toMatch(/^hint: .*--swap 512M/m);
    expect((await rmapHere(["run", "-", "--memory", "128K"], script)).code).toBe(0);
  });
});

describe("what to try", () => {
  const limits = {
    memory: 4 * 2 ** 30,
    swap: 960 * 2 ** 30,
    store: 256 * 2 ** 30,
    metadata: 3 * 2 ** 30,
  };
  /** Pages of frames, swap and store, each with those in use. */
  type Sizes = readonly [number, number, number, number, number, number];
  const hintOf = (
    [frames, framesUsed, slots, slotsUsed, blocks, blocksUsed]: Sizes,
    { refused = "frame", most = limits }: Partial<Pick<Room, "refused" | "most">> = {},
  ): string => {
    const room: Room = {
      refused,
      frames: { pages: frames, used: framesUsed },
      swap: { pages: slots, used: slotsUsed },
      store: { pages: blocks, used: blocksUsed },
      arena: { pages: 4096, used: 4096, tables: 4000, objects: 96 },
      most,
    };
    return new OutOfRoom("here", room, 4096).hint;
  };

  it.each<{ sizes: Sizes; refused?: Room["refused"]; hint: string }>([
    {
      sizes: [256, 256, 0, 0, 1000, 5],
      hint: "anonymous pages cannot leave memory without swap: try --swap 512M, or --memory 2M",
    },
    { sizes: [2048, 2048, 16, 16, 1000, 5], hint: "swap is full: try --swap 512M, or --memory 16M" },
    {
      sizes: [2048, 2048, 1000, 16, 512, 512],
      hint: "the store behind files and shared memory is full: try --store 512M, or --memory 16M",
    },
    {
      sizes: [2048, 2048, 131072, 131072, 524288, 524288],
      hint: "swap is full, the store behind files and shared memory is full: try --swap 1G, or --store 8G, or --memory 16M",
    },
    {
      sizes: [1, 1, 131072, 10, 524288, 10],
      hint: "swap and store have room, so all frames are needed at once: try --memory 64K",
    },
    {
      sizes: [256, 10, 0, 0, 0, 0],
      refused: "table",
      hint: "frames and swap do not help: try --metadata 64M",
    },
    {
      sizes: [256, 10, 0, 0, 0, 0],
      refused: "object",
      hint: "frames and swap do not help: try --metadata 64M",
    },
  ])("names what is full: $hint", ({ sizes, refused = "frame", hint }) => {
    expect(hintOf(sizes, { refused })).toBe(hint);
  });

  const some: Sizes[] = [
    [256, 256, 0, 0, 0, 0],
    [2048, 100, 16, 3, 1, 1],
    [1, 0, 131_072, 1031, 7, 7],
    [2 ** 20, 2 ** 20, 0, 0, 2 ** 20, 2 ** 20],
    [2 ** 19 + 1, 10, 960 * 2 ** 18, 960 * 2 ** 18, 256 * 2 ** 18, 256 * 2 ** 18],
  ];
  it.each(
    some.flatMap((sizes) => (["frame", "table", "object"] as const).map((refused) => ({ sizes, refused }))),
  )(
    "is more than there is, and no more than there can be, for a $refused with $sizes",
    ({ sizes, refused }) => {
      const given = { memory: sizes[0], swap: sizes[2], store: sizes[4], metadata: 4096 };
      const hint = hintOf(sizes, { refused });
      const found = suggestions(hint);
      expect(found.length, hint).toBeGreaterThan(0);
      for (const [option, size] of found) {
        expect(size / 4096, hint).toBeGreaterThan(given[option.slice(2) as keyof typeof given]);
        expect(size, hint).toBeLessThanOrEqual(limits[option.slice(2) as keyof typeof limits]);
      }
    },
  );

  it("says so where the engine takes no more", () => {
    const most = { memory: 2 ** 20, swap: 0, store: 0, metadata: 2 ** 24 };
    expect(hintOf([256, 256, 0, 0, 0, 0], { most })).toBe(
      "the engine addresses at most 4 GiB, and has no room for more --swap and --store and --memory; less --metadata leaves more room for it",
    );
    expect(hintOf([256, 9, 0, 0, 0, 0], { most, refused: "table" })).toMatch(/no room for more --metadata;/);
  });
});

describe("Ctrl-C", () => {
  it.each([[[]], [["--memory", "4M"]]])("ends a replay that waits for input, %j", async (options) => {
    const trace = gunzipSync(readFileSync(TRACE));
    const { code, stdout, stderr } = await interrupted(
      ["replay", "-", "--cpus", "2", ...options],
      trace,
      false,
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(
      /^rmap: interrupted: [\d,]+ lines of the trace read, [\d,]+ operations replayed\n$/,
    );
  });

  it("ends a script in the middle", async () => {
    const script = `0 mmap 0 4096 rw private anon\n${"0 touch 0 4096 w\n0 madvise 0 4096 dontneed\n".repeat(100_000)}`;
    const { code, stdout, stderr } = await interrupted(
      ["run", "-", "--cpus", "2"],
      Buffer.from(script),
      true,
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/^rmap: interrupted/);
  });
});
