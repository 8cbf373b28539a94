/** Wraps text for a terminal: paragraphs of a readable width, and no line wider than the terminal. */

/** Columns of a line. */
const WIDTH = 100;
/** The fewest columns for a line's words, even with a deep indent. */
const LEAST = 12;

/** The escape sequences of colours, which take no column. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's sequences begin with one
const COLOUR = /\x1b\[[0-9;]*m/g;

/**
 * Breaks a paragraph at spaces, each line indented by some columns. On a narrow terminal lines are as wide as the
 * terminal.
 */
export function paragraph(text: string, indent = 2, width = terminalWidth()): string {
  const room = Math.max(LEAST, Math.min(WIDTH, width) - indent);
  const lines = broken(text.trim().split(/\s+/), room, room);
  return lines.map((line) => " ".repeat(indent) + line).join("\n");
}

/** Columns of stdout's terminal; infinite for a file or a pipe. */
export function terminalWidth(): number {
  const { isTTY, columns: width } = process.stdout;
  return isTTY && width > 0 ? width : Number.POSITIVE_INFINITY;
}

/** Breaks lines that are wider than the terminal, at spaces. Indents the continuation by two more columns. */
export function wrap(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => (columns(line) <= width ? [line] : wrapLine(line, width)))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  const most = Math.max(0, width - LEAST);
  const indent = Math.min(line.length - line.trimStart().length, most);
  const further = Math.min(indent + 2, most);
  const parts = broken(line.trim().split(" "), width - indent, width - further);
  return parts.map((part, index) => " ".repeat(index === 0 ? indent : further) + part.trim());
}

/** A line in pieces of at most `width` columns, all but the first two columns narrower: they are to be indented. */
export function breakLine(line: string, width: number): string[] {
  return broken(line.trim().split(/\s+/), width, width - 2);
}

/** Words in lines of some columns, the first line's and the others'. A longer word stands alone. */
function broken(words: readonly string[], first: number, others: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const room = lines.length === 0 ? first : others;
    if (line !== "" && columns(line) + 1 + columns(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The width of a text in columns. */
function columns(text: string): number {
  return text.replace(COLOUR, "").length;
}
