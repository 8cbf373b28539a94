/** The JUnit form of rows, which continuous integration shows: a test case a row. */

/** A row as a test case. */
export interface JunitCase {
  /** What was run: the race. */
  readonly name: string;
  /** Where: the variant. */
  readonly group: string;
  readonly seconds: number;
  /** Why it is not as expected; undefined when it is. */
  readonly failure: { readonly message: string; readonly text: string } | undefined;
  /** What it found as expected, for example. */
  readonly output: string;
}

/** The text of a JUnit file. `suite` is the name of the test suite. */
export function junitText(suite: string, cases: readonly JunitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const seconds = cases.reduce((sum, row) => sum + row.seconds, 0);
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escaped(suite)}" ${counts}>`,
    ...cases.map((row) => caseText(suite, row)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function caseText(suite: string, { name, group, seconds, failure, output }: JunitCase): string {
  const classname = `${suite}.${group}`;
  return [
    `    <testcase classname="${escaped(classname)}" name="${escaped(name)}" time="${seconds.toFixed(3)}">`,
    ...(failure === undefined
      ? []
      : [`      <failure message="${escaped(failure.message)}">${escaped(failure.text)}</failure>`]),
    ...(output === "" ? [] : [`      <system-out>${escaped(output)}</system-out>`]),
    "    </testcase>",
  ].join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** A text without what XML 1.0 cannot hold, and with its special characters escaped. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string);
}
