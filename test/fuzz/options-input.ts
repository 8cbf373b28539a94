/** Inputs of the kind `options`: command lines, right, odd and contradicting, on small files, folders, links and devices. */
import type { Dice } from "./dice.js";
import type { Entry, Way } from "./input.js";
import type { Made } from "./script-input.js";

const SCRIPT = "0 mmap 0 4 rw private anon\n0 write 0 1\n0 fork 1\n1 write 0 2\ndump\n";
const TRACE = [
  "c 10/10 [000] 1.000000000: syscalls:sys_enter_mmap: addr: 0x0, len: 0x4000, prot: 0x3, flags: 0x22, fd: 0xffffffff, off: 0x0",
  "c 10/10 [000] 1.000000001: syscalls:sys_exit_mmap: 0x100000000000",
  "c 10/10 [000] 1.000000002: exceptions:page_fault_user: address=0x100000000000 ip=0x1 error_code=0x6",
  "",
].join("\n");

/** What stands in the folder of every such input. */
const ENTRIES: readonly Entry[] = [
  { path: "s.ops", text: SCRIPT },
  { path: "t.txt", text: TRACE },
  { path: "folder", folder: true },
  { path: "loop", link: "loop" },
  { path: "gone", link: "nowhere" },
];

const NUMBERS = [
  "1",
  "2",
  "0",
  "-1",
  "1.5",
  "9",
  "64",
  "1e3",
  "0x2",
  "",
  " ",
  "NaN",
  "99999999999999999999",
  "x",
  "1,2",
];
const SIZES = [
  "8M",
  "4K",
  "0",
  "1",
  "-1",
  "64m",
  "1.5G",
  "9999G",
  "99999999G",
  "1G",
  "8G",
  "1e9",
  "8Q",
  "",
  "8 M",
  "NaN",
];
const PATHS = [
  "{}/s.ops",
  "{}/t.txt",
  "{}/s.ops",
  "{}/t.txt",
  "{}/folder",
  "{}/loop",
  "{}/gone",
  "{}/s.ops/x",
  "{}/none",
  `{}/${"n".repeat(300)}`,
  "{}/\u0001",
  "",
  "/dev/null",
  "/dev/full",
  "1",
  "-",
];
const BENCHES = ["frobnicate", "", "fault-unmapp", "1"];
const NAMES = ["first-fault", "first-faul", "", "1", "__proto__", "constructor", "mainline"];

type Option = readonly [name: string, values: readonly string[] | undefined];

const OPTIONS: Readonly<Record<string, readonly Option[]>> = {
  replay: [
    ["cpus", NUMBERS],
    ["memory", SIZES],
    ["swap", SIZES],
    ["store", SIZES],
    ["checked", undefined],
    ["json", undefined],
    ["to-ops", PATHS],
  ],
  run: [
    ["cpus", NUMBERS],
    ["memory", SIZES],
    ["swap", SIZES],
    ["checked", undefined],
    ["json", undefined],
    ["against", PATHS],
  ],
  // Never without a wrong value: a row of `stress` and a benchmark take seconds.
  stress: [
    ["seconds", ["-1", "0", "x", "1e9", ""]],
    ["cpus", ["64", "0", "x", "-1"]],
    ["seed", ["0", "x", "-5"]],
    ["variant", ["nothing", "", "{}/none", "{}/s.ops", "{}/loop"]],
  ],
  scenarios: [["json", undefined]],
  variants: [["json", undefined]],
  bench: [
    ["cpus", NUMBERS],
    ["repeats", NUMBERS],
    ["html", PATHS],
  ],
};
const COMMON: readonly Option[] = [
  ["quiet", undefined],
  ["help", undefined],
  ["version", undefined],
  ["frobnicate", ["1"]],
  ["__proto__", ["1"]],
  ["constructor", ["x"]],
  ["no-checked", undefined],
];

/** A command line. */
export function makeOptions(dice: Dice): Made {
  const command = dice.weighted([
    [6, "replay"],
    [6, "run"],
    [2, "stress"],
    [1, "scenarios"],
    [1, "variants"],
    [2, "bench"],
    [1, dice.pick(["frobnicate", "rplay", "", "help", "1", "--", "-x", "toString"])],
  ]);
  const args = [command, ...positional(dice, command), ...options(dice, command)];
  // Options in front of the command, and words anywhere.
  if (dice.chance(0.1))
    args.unshift(...dice.pick([["--quiet"], ["--quiet", "1"], ["--json"], ["--cpus", "2"], ["--"]]));
  // Not among those of `bench`: an option that takes its only name for a value would have it measure everything.
  if (dice.chance(0.05) && command !== "bench")
    args.splice(dice.below(args.length + 1), 0, dice.pick(["--", "-", "--=", "-vx", "--cpus", "extra"]));
  const stdout = dice.weighted<Made["stdout"]>([
    [40, undefined],
    [2, "full"],
    [1, "closed"],
  ]);
  const reads = args.includes("-");
  const way: Way = stdout || reads || dice.chance(0.01) ? "process" : "program";
  const stdin = reads ? { stdin: dice.pick([SCRIPT, TRACE, ""]) } : {};
  return { shape: command, way, entries: ENTRIES, args, ...(stdout && { stdout }), ...stdin };
}

function positional(dice: Dice, command: string): string[] {
  const right = new Map([
    ["replay", "{}/t.txt"],
    ["run", "{}/s.ops"],
  ]).get(command);
  if (right !== undefined)
    return dice.weighted([
      [6, [right]],
      [2, [dice.pick(PATHS)]],
      [0.3, []],
      [0.3, [right, right]],
    ]);
  if (command === "bench") return [dice.pick(BENCHES)];
  if (command === "stress") return [dice.pick(NAMES)];
  return dice.chance(0.2) ? [dice.pick(NAMES)] : [];
}

function options(dice: Dice, command: string): string[] {
  const known = Object.hasOwn(OPTIONS, command) ? (OPTIONS[command] as readonly Option[]) : COMMON;
  const args: string[] = [];
  const least = command === "stress" ? known.length : 0;
  for (
    let left = Math.max(
      least,
      dice.weighted([
        [4, 1],
        [3, 2],
        [2, 0],
        [1, 4],
      ]),
    );
    left > 0;
    left--
  ) {
    const [name, values] =
      command === "stress"
        ? (known[left % known.length] as Option)
        : dice.pick(dice.chance(0.92) ? known : COMMON);
    if (values === undefined) args.push(`--${name}`);
    else if (dice.chance(0.12)) args.push(`--${name}=${dice.pick(values)}`);
    else if (dice.chance(0.03)) args.push(`--${name}`);
    // Mostly a value that is right.
    else args.push(`--${name}`, dice.chance(0.75) ? (values[0] as string) : dice.pick(values));
  }
  return args;
}
