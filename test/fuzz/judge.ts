/** What of an outcome must not be: the rules of the command line, held against one run. */
import type { Input } from "./input.js";
import type { Watched } from "./runner.js";
import { schemaErrors } from "./schemas.js";
import { spellingDistance } from "./spelling.js";

/** One thing that is wrong. */
export interface Failure {
  /** Its kind, in a few words: failures of one kind are told together. */
  readonly rule: string;
  readonly detail: string;
}

/** Bytes that a report of a replay may have besides its processes, that each of those may have, and what stderr may have. */
const LONGEST_REPORT = 64 * 1024;
const LONGEST_PROCESS = 640;
const LONGEST_ERROR = 8 * 1024;
const CODES = [0, 1, 2, 3, 4, 5, 130];
const STACK = /^\s+at .*:\d+:\d+\)?$/m;
const RAW =
  /is not a function|Cannot read properties|is not iterable|Maximum call stack|Invalid string length|Invalid array length/;
const RAW_SYSTEM = /\bE[A-Z]{3,}: [^\n]*|Unused args|missing required args/;
const NOT_WORDS = ["undefined", "NaN", "Infinity", "[object "];

type Rule = (input: Input, outcome: Watched) => string | undefined;

const RULES: Readonly<Record<string, Rule>> = {
  hang: (_input, { limit }) => (limit === "hang" ? "no end within 5 s" : undefined),
  memory: (_input, { limit }) => (limit === "memory" ? "more than 1 GiB resident" : undefined),
  crash: (_input, { limit, signal }) =>
    limit === undefined && signal != null ? `ended by ${signal}` : undefined,
  finding: (_input, { findings }) => findings[0],
  "unexpected failure": (_input, { stdout, stderr }) =>
    /unexpected failure/.test(stderr) || STACK.test(stderr) || STACK.test(stdout)
      ? firstLine(stderr || stdout)
      : undefined,
  "raw error": (_input, { stderr }) => (RAW.exec(stderr) ?? RAW_SYSTEM.exec(stderr))?.[0],
  "exit code": ({ kind, stdout, args }, { code, signal, stderr }) => {
    if (code === null || signal != null) return undefined;
    if (!CODES.includes(code)) return `exit code ${code}`;
    if (code === 130) return "exit code 130 without an interrupt";
    // A variant may loop for ever; the engine as it is may not.
    if (code === 4 && kind !== "variant") return `exit code 4: ${firstLine(stderr)}`;
    if (stdout === "full" && code < 2 && !args.some((word) => word.startsWith("--to-ops")))
      return `exit code ${code}, though stdout takes nothing`;
    return undefined;
  },
  "code and message": (input, { code, stderr, stdout, signal }) => {
    if (code === null || signal != null || input.stdout === "closed") return undefined;
    const said = /^rmap: ./m.test(stderr);
    if (code === 0 && said) return `exit code 0 with an error: ${firstLine(stderr)}`;
    if (code > 1 && !said) return `exit code ${code} without an error`;
    if (code === 1 && !said && stdout === "") return "exit code 1 without a word";
    if (code === 5 && !/:\d+:\d+: |cannot |folder|too large/.test(stderr))
      return `exit code 5 without a place: ${firstLine(stderr)}`;
    return undefined;
  },
  violation: (input, { code, stderr, stdout }) => {
    if (code !== 1) return undefined;
    if (input.kind === "trace")
      return firstLine(stderr || /^(leaks|violations).*/m.exec(stdout)?.[0] || "leaks");
    if (input.kind !== "script") return undefined;
    // Pins that a script leaves, and a value that it expects wrongly, are its own.
    return /still pinned at the end|expect/i.test(stderr) ? undefined : firstLine(stderr);
  },
  "wrong usage": ({ kind }, { code, stderr }) => {
    // What these kinds give as options is right; only memory may be too little for the CPUs.
    const right = kind === "script" || kind === "trace" || kind === "library";
    return right && code === 2 && !/memory must be|--memory/.test(stderr) ? firstLine(stderr) : undefined;
  },
  "not refused": (input, { code }) =>
    input.refused && code !== null && code < 2 ? `exit code ${code}` : undefined,
  "nameless refusal": (input, { code, stderr }) => {
    if (input.kind !== "variant" || code === null || code < 2) return undefined;
    // Or the folder's own name stands in front.
    return /^rmap: v: |reusable\.ts|variant\.json|input|rmap\/|no variant|folder|symbolic link|stress/.test(
      stderr,
    )
      ? undefined
      : firstLine(stderr);
  },
  words: (input, { stderr, stdout }) => {
    const given = JSON.stringify([input.args, input.entries]);
    const found = NOT_WORDS.find(
      (word) => (stderr.includes(word) || stdout.includes(word)) && !given.includes(word),
    );
    return found === undefined ? undefined : `"${found}" in ${firstLine(stderr || stdout)}`;
  },
  flood: (input, { written, stdout, stderr }) => {
    if (stderr.length > LONGEST_ERROR)
      return `${stderr.length > 200_000 ? "hundreds of" : "many"} kilobytes on stderr`;
    const report = input.kind === "trace" && !input.args.includes("--to-ops");
    const processes = stdout.split('"peakAnonPages"').length - 1;
    const most = LONGEST_REPORT + processes * LONGEST_PROCESS;
    return report && written > most ? "a report longer than 64 KiB" : undefined;
  },
  json: (input, { code, stdout, written }) => {
    const asked = input.args.includes("--json") && input.way !== "direct";
    if (!asked || code !== 0 || stdout === "" || written > stdout.length + 8192) return undefined;
    return input.args.some((arg) => /^--(help|version|no-)|^-[vh]/.test(arg))
      ? undefined
      : schemaErrors(stdout);
  },
  "useless hint": (_input, { code, stderr }) => {
    if (code !== 3) return undefined;
    const shares = [...stderr.matchAll(/([\d,]+) of ([\d,]+) (?:frames|swap slots)/g)].map(
      ([, used, all]) => number(used) / Math.max(1, number(all)),
    );
    return shares.length > 0 && shares.every((share) => share < 0.1)
      ? "memory is said to be full, and its figures say empty"
      : undefined;
  },
  guess: (_input, { stderr }) => {
    const found = /there is no (?:command|benchmark) "([^"]*)"[\s\S]*did you mean "([^"]+)"/.exec(stderr);
    if (!found) return /Unknown option "-\d/.exec(stderr)?.[0];
    const [, given = "", guess = ""] = found;
    return spellingDistance(given, guess) > Math.max(given.length, guess.length) / 2
      ? `"${guess}" for "${given}"`
      : undefined;
  },
};

/** Everything that is wrong with an outcome, the worst first. */
export function judge(input: Input, outcome: Watched): Failure[] {
  const failures = Object.entries(RULES).flatMap(([rule, look]): Failure[] => {
    const detail = look(input, outcome);
    return detail === undefined ? [] : [{ rule, detail: detail.slice(0, 400) }];
  });
  // All findings count, not only the first.
  return [
    ...failures,
    ...outcome.findings.slice(1).map((detail) => ({ rule: "finding", detail: detail.slice(0, 400) })),
  ];
}

/** Failures with the same signature are one: what differs between inputs is left out. */
export function signatureOf(input: Input, { rule, detail }: Failure): string {
  const plain = detail
    .replace(/\/[^\s":]*\/(input|dist)\//g, "$1/")
    .replace(/"[^"]*"/g, '"…"')
    .replace(/Cannot convert .* to a BigInt/, "Cannot convert … to a BigInt")
    .replace(/(accepted (?:the \w+|\w+)) (?!engine|that|of)\S+$/, "$1 …")
    .replace(/0x[0-9a-f]+|\d+/gi, "N");
  const shape =
    rule === "hang" || rule === "memory" || rule === "crash" || rule === "not refused"
      ? `${input.shape}: `
      : "";
  return `${input.kind}, ${rule}: ${shape}${plain.slice(0, 160)}`;
}

function firstLine(text: string): string {
  return text.split("\n").slice(0, 2).join(" ");
}

function number(text = "0"): number {
  return Number(text.replaceAll(",", ""));
}
