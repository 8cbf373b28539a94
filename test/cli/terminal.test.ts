/** On a terminal: lines that are no longer than it is wide, and a progress line that is drawn ten times a second at most. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Progress } from "../../dist/cli/progress.js";
import { fitted } from "../../dist/cli/terminal.js";
import { paragraph, wrap } from "../../dist/text/wrap.js";
import { rmapHere } from "../support/here.js";

/** A stream that is a terminal of some columns, and keeps what is written. */
function terminal(columns: number) {
  const written: string[] = [];
  const stream = { isTTY: true, columns, write: (text: string) => written.push(text) };
  return { written, stream: stream as unknown as NodeJS.WriteStream };
}

describe("text", () => {
  const text = `name  A title of some length, more than the terminal is wide\n${paragraph("word ".repeat(60), 2, 40)}\n    a/very/long/path/without/any/space/in/it/that/cannot/be/broken`;

  it.each([40, 20, 13, 1])("is broken at spaces, on %i columns, and loses no word", (columns) => {
    const lines = fitted(text, terminal(columns).stream).split("\n");
    expect(lines.join(" ").split(/\s+/).filter(Boolean)).toEqual(text.split(/\s+/).filter(Boolean));
    for (const line of lines)
      if (/\S \S/.test(line)) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 12));
  });

  it("indents what goes on, and takes colours for nothing", () => {
    expect(wrap("  one two three four", 16)).toBe("  one two three\n    four");
    expect(wrap("\u001b[1mone\u001b[22m two three", 13)).toBe("\u001b[1mone\u001b[22m two three");
  });

  it("stays as it is where it goes to a pipe", () => {
    const long = "word ".repeat(100);
    expect(fitted(long, { isTTY: false } as NodeJS.WriteStream)).toBe(long);
  });
});

describe("help", () => {
  const { isTTY, columns } = process.stdout;
  afterEach(() => Object.assign(process.stdout, { isTTY, columns }));

  it.each([40, 60])("is no wider than the terminal, on %i columns", async (width) => {
    Object.assign(process.stdout, { isTTY: true, columns: width });
    for (const command of ["", "replay", "run", "stress", "scenarios", "variants", "bench"]) {
      const { code, stdout } = await rmapHere([...(command === "" ? [] : [command]), "--help"]);
      expect(code).toBe(0);
      for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(width);
    }
  });
});

it("cuts what is done, and keeps how far it is, where both are too long for the line", () => {
  const { stream, written } = terminal(40);
  const progress = new Progress(false, stream);
  progress.say("row 1 of 2, a-long-scenario in a-variant", ": 1,234 rounds, 3.2 s");
  progress.clear();
  expect(written[0]).toBe("\r\u001b[2Krow 1 of 2, a-lon…: 1,234 rounds, 3.2 s");
});

it("draws the latest progress ten times a second at most, in the terminal's width", () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  try {
    const { stream, written } = terminal(20);
    const progress = new Progress(false, stream);
    for (let at = 0; at < 1000; at++) {
      progress.say(`step ${at} of very many steps`);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(100);
    expect(written.length).toBeGreaterThan(8);
    expect(written.length).toBeLessThanOrEqual(12);
    expect(written.at(-1)).toBe("\r\u001b[2Kstep 999 of very ma");
    progress.say("late");
    progress.clear();
    vi.advanceTimersByTime(200);
    expect(written.at(-1)).toBe("\r\u001b[2K");
  } finally {
    vi.useRealTimers();
  }
});
