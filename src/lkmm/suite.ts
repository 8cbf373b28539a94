/** Decides many litmus tests, and compares each verdict with the one that the test documents. */
import { InputError } from "../errors.js";
import { type Decision, decideInSlices, type Settings } from "./decide.js";
import { type Agreement, agreementOf, type Expected, expectedOf } from "./expected.js";
import { UnsupportedError } from "./lexer.js";
import { parseLitmus } from "./parser.js";
import type { Litmus } from "./syntax.js";

/** The text of a test, and the name of its file in messages. */
export interface LitmusFile {
  readonly file: string;
  readonly text: string;
}

/** The result of one test. */
export interface LitmusResult extends Decision {
  readonly file: string;
  readonly expected: Expected;
  /** Null under other models than `lkmm`, which documented results are about. */
  readonly agreement: Agreement;
  /** Undefined for a test that cannot be read. */
  readonly test: Litmus | undefined;
  /** True when the condition holds in the way in which it is quantified; null when that is open. */
  readonly ok: boolean | null;
}

/** Counts over results. */
export interface Counts {
  readonly agree: number;
  readonly falseAlarms: number;
  readonly missed: number;
  readonly undecided: number;
  readonly unsupported: number;
}

/**
 * Decides one test. With `strict` a text that is no litmus test throws InputError; otherwise it is `unsupported`, with the
 * reason. So is a construct that we do not know, always.
 */
export async function decideFile(
  { file, text }: LitmusFile,
  settings: Settings,
  strict: boolean,
): Promise<LitmusResult> {
  const expected = expectedOf(text);
  try {
    const test = parseLitmus(text, file);
    const decision = await decided(test, settings);
    const agreement = settings.model === "lkmm" ? agreementOf(expected, decision.verdict, decision) : null;
    return { file, expected, test, ...decision, agreement, ok: isOk(test, decision) };
  } catch (error) {
    if (!(error instanceof InputError) || (strict && !(error instanceof UnsupportedError))) throw error;
    return { ...REFUSED, file, expected, reason: error.message };
  }
}

const REFUSED = {
  verdict: "unsupported",
  race: null,
  flags: [],
  states: null,
  positive: null,
  negative: null,
  test: undefined,
  agreement: null,
  ok: null,
} as const;

/** Milliseconds to list states in; a test of 19 processes has half a million. */
const MOST_LISTING = 10_000;

/** With all states if that is asked for and does not take too long; otherwise the verdict alone. */
async function decided(test: Litmus, settings: Settings): Promise<Decision> {
  const listing = settings.states ? Math.min(settings.timeout, MOST_LISTING) : settings.timeout;
  const start = performance.now();
  const whole = await decideInSlices(test, { ...settings, timeout: listing });
  if (!settings.states || whole.verdict !== "undecided") return whole;
  const left = Math.max(0, settings.timeout - (performance.now() - start));
  const short = await decideInSlices(test, { ...settings, states: false, timeout: left });
  if (short.verdict === "undecided")
    return short.reason.startsWith("it takes") ? { ...short, reason: whole.reason } : short;
  return { ...short, reason: `the states are not listed: ${whole.reason}` };
}

function isOk({ quantifier }: Litmus, { verdict }: Decision): boolean | null {
  if (verdict === "undecided" || verdict === "unsupported") return null;
  if (quantifier === "exists") return verdict === "Sometimes" || verdict === "Always";
  const holdsNowhere = verdict === "Never" || verdict === "DEADLOCK";
  return quantifier === "~exists" ? holdsNowhere : verdict === "Always" || verdict === "DEADLOCK";
}

export function countsOf(results: readonly LitmusResult[]): Counts {
  const agreeing = (agreement: Agreement) =>
    results.filter((result) => result.agreement === agreement).length;
  const having = (verdict: string) => results.filter((result) => result.verdict === verdict).length;
  return {
    agree: agreeing("agree"),
    falseAlarms: agreeing("false alarm"),
    missed: agreeing("missed"),
    undecided: having("undecided"),
    unsupported: having("unsupported"),
  };
}

/**
 * True when a result needs somebody's attention: it disagrees, it has no verdict, or a `forall` or `~exists` without a
 * documented result does not hold.
 */
export function isFinding({ agreement, verdict, ok, expected, test }: LitmusResult): boolean {
  if (verdict === "undecided" || verdict === "unsupported") return true;
  if (agreement !== null) return agreement !== "agree";
  return expected.result === null && test?.quantifier !== "exists" && ok === false;
}
