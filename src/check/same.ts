/** Whether two findings are one: the same broken rule, told of the same place. */

/** What was found. */
interface Told {
  readonly invariant: string;
  readonly message: string;
}

/** A side of a race on plain accesses, in its message. */
const SIDE = /(?:plain|marked) [a-z-]+ by CPU \d+ in \S+/g;

/**
 * What a finding is about, without what differs between two runs: numbers, CPUs, addresses, lines. A race is its word
 * and both places: two races are two findings, although both are `RACE`. A wrong word is a wrong word wherever it is.
 */
export function kindOfFinding({ invariant, message }: Told): string {
  if (invariant === "CONTENT") return invariant;
  if (invariant === "RACE") {
    const sides = (message.match(SIDE) ?? []).map((side) => side.replace(/by CPU \d+ /, "")).sort();
    const [field = ""] = /(?<=^(?:data race|lost update) on )[A-Za-z]+\.\w+/.exec(message) ?? [];
    if (sides.length > 0) return [invariant, field, ...sides].join("; ");
  }
  const [rule = ""] = message.split("; while executing");
  return `${invariant}: ${rule.replace(/\bCPU (?:\d+|host)\b|\(.*?\)|0x[0-9a-f]+|\d+/g, "")}`;
}

export function isSameFinding(one: Told, other: Told): boolean {
  return kindOfFinding(one) === kindOfFinding(other);
}
