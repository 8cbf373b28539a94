/** Colour in texts for people. Reports use it, and the command line switches it on or off. */

/** The styles of a piece of text. */
type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Colours a piece of text, or returns it unchanged. */
export type Paint = (style: Style, text: string) => string;
