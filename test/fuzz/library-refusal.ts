/** What the library must refuse of the arguments that the fuzzer draws, and how it is named. */

/** Why a call must be refused; undefined: it may go either way. */
export type Refusal = string | undefined;

/** A number that no call takes: not whole, below zero, or not exact. */
export function wrongNumber(what: string, value: unknown): Refusal {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : `${what} ${show(value)}`;
}

/** An address that no call takes. */
export function wrongAddress(value: unknown): Refusal {
  return wrongNumber("the address", value);
}

/** A word is a bigint of 64 bits, signed or not, or a whole number that is exact. */
export function wrongWord(value: unknown): Refusal {
  if (typeof value === "bigint" && value >= -(2n ** 63n) && value < 2n ** 64n) return undefined;
  if (Number.isSafeInteger(value)) return undefined;
  return `the value ${show(value)}`;
}

const ADVICE =
  /^(normal|willneed|dontneed|free|dontfork|dofork|mergeable|unmergeable|wipeonfork|keeponfork|cold|pageout)$/;

/** What is wrong with a call's arguments, of those calls of which the fuzzer draws odd ones. */
export function wrongArguments(call: string, args: readonly unknown[]): Refusal {
  const [address, length, third] = args;
  const range = wrongAddress(address) ?? (args.length > 1 ? wrongNumber("a length", length) : undefined);
  switch (call) {
    case "mprotect":
      return (
        range ??
        (/^(none|r?w?x?)$/.test(String(third)) && third !== "" && typeof third === "string"
          ? undefined
          : `the protection ${show(third)}`)
      );
    case "madvise":
      return (
        range ?? (typeof third === "string" && ADVICE.test(third) ? undefined : `the advice ${show(third)}`)
      );
    case "mremap":
      return range ?? wrongNumber("a length", third);
    case "touch":
      return (
        range ??
        (third === undefined || third === "read" || third === "write"
          ? undefined
          : `the access ${show(third)}`)
      );
    case "brk":
      return address === undefined ? undefined : wrongAddress(address);
    case "read":
    case "munmap":
    case "whoMaps":
      return range;
    default:
      return undefined;
  }
}

const MAP_OPTIONS = new Set(["at", "noReplace", "protection", "shared", "file", "filePage", "growsDown"]);

/** Options that mmap must refuse. */
export function oddMapOptions(options: Record<string, unknown>): Refusal {
  for (const [key, value] of Object.entries(options)) {
    if (!MAP_OPTIONS.has(key)) return `the option "${key}"`;
    if (value === undefined) continue;
    if (key === "filePage" || key === "at") {
      const wrong = wrongNumber(key, value);
      if (wrong) return wrong;
    }
    if (key === "protection" && !(typeof value === "string" && /^(none|rw?x?|wx?|x)$/.test(value)))
      return `the protection ${show(value)}`;
  }
  return undefined;
}

/** Options that an engine cannot be made with. */
export function oddOptions(options: Record<string, unknown>): Refusal {
  if ("cpu" in options) return 'the option "cpu"';
  const { content } = options;
  if (content !== undefined && !["word", "full", "none"].includes(content as string))
    return `the content ${show(content)}`;
  for (const key of ["memory", "cpus", "swap", "spaces", "queueRecords"]) {
    const value = options[key];
    if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 0))
      return `${key} ${show(value)}`;
  }
  return undefined;
}

/** Whether a value is an object with names, as options are. */
export function isPlain(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value, shortly. */
export function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return `"${value}"`;
  return Array.isArray(value)
    ? "a list"
    : typeof value === "object" && value !== null
      ? "an object"
      : String(value);
}
