/** Colour in a text for people: reports are written with it, and the command line decides whether there is any. */

/** How a piece of text may look. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Colours a piece of text, or leaves it. */
export type Paint = (style: Style, text: string) => string;
