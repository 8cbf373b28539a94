/** JUnit files: what XML cannot hold does not get in. */

import { expect, it } from "vitest";
import { junitText } from "../../dist/report/junit.js";

const CASE = { name: "a", group: "g", seconds: 1.5, failure: undefined, output: "" };

it("escapes texts, and replaces characters that XML 1.0 has none of", () => {
  const text = junitText("suite", [
    { ...CASE, name: `<&>"'`, failure: { message: 'a "b"\u0000', text: "]]> \ud800 \u{1f600}\n" } },
    { ...CASE, output: "\u001b[31m" },
  ]);
  expect(text).toContain('name="&lt;&amp;&gt;&quot;&apos;" time="1.500"');
  expect(text).toContain('<failure message="a &quot;b&quot;\ufffd">]]&gt; \ufffd \u{1f600}\n</failure>');
  expect(text).toContain("<system-out>\ufffd[31m</system-out>");
  expect(text).toContain('<testsuite name="suite" tests="2" failures="1" errors="0" time="3.000">');
});
