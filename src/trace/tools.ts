/** Recognises the text of other tools, which people take for `perf script` text. */

const SECONDS = String.raw`\d+\.\d+`;

/** A tool, and what its lines look like. */
const TOOLS: readonly (readonly [string, RegExp])[] = [
  // comm-tid [cpu] flags seconds: event
  [
    "ftrace",
    new RegExp(
      String.raw`^#\s*tracer:|^\s*\S.*-\d+\s+(\([-\s\d]+\)\s+)?\[\d{3,}\]\s+(\S{4,8}\s+)?${SECONDS}:\s`,
    ),
  ],
  ["ftrace", /^(cpus=\d+|version = \d+|CPU \d+ is empty)$/],
  // milliseconds ( duration ms): comm/tid what()
  ["perf trace", new RegExp(String.raw`^\s*(${SECONDS}|\?)\s+\([^)]*\):\s`)],
  ["perf trace", new RegExp(String.raw`^\s*${SECONDS}\s+(\S.*/\d+\s+|)\w+:\w+\(`)],
  ["bpftrace", /^(Attaching|Attached) \d+ probes?|^(stdin:\d+(:|-)|@\w*(\[.*\])?: )/],
  // pid time name(arguments) = result
  [
    "strace",
    /^(\[pid\s+\d+\]\s|\d+\s+)?(\d[\d.:]*\s+)?([a-z_]\w*\(.*|<\.\.\. \w+ resumed>.*|[-+]{3} (SIG|exited|killed).*)$/,
  ],
  ["valgrind", /^==\d+==\s/],
  ["perf report", /^#\s+(Samples:|Overhead\s|Total Lost Samples:)|^\s+\d+\.\d\d%\s/],
];

/** The tool that printed this line, if it is a known one. */
export function toolOf(line: string): string | undefined {
  return TOOLS.find(([, pattern]) => pattern.test(line))?.[0];
}
