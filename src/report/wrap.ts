/** Text for a terminal: paragraphs of a readable width. */

/** Columns of a line. */
const WIDTH = 100;

/** Breaks a paragraph at spaces, each line indented by some columns. */
export function paragraph(text: string, indent = 2): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.trim().split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > WIDTH - indent) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((each) => " ".repeat(indent) + each).join("\n");
}
