/**
 * The words of a source text: enough of the language to tell where a declaration ends and whether two are the same. The
 * compiler's own tokenizer would do as well, but it takes seconds to load, and an engine from the cache, or a list of what a
 * variant replaces, needs no compiler.
 */

/** One word, number, string or mark; comments and space lie between them. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "mark";
  readonly text: string;
  /** Character offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** A line ends between the token before and this one. */
  readonly newLine: boolean;
}

/** Comments and space: what may stand between two tokens. */
const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const PATTERN = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
/** What begins a comment is a mark only where nothing ends the comment. */
const MARK =
  />>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|=>|\/\*|[=!<>+\-*/%&|^]=|\+\+|--|<<|>>|&&|\|\||\*\*|[\s\S]/uy;

/** Words whose brackets hold a condition, and no operand: a pattern may follow. */
const HEADS = /^(?:if|while|for|switch)$/;

/** Words behind which an operand follows. */
const OPERATORS = /^(?:return|typeof|instanceof|in|of|as|is|new|delete|void|extends|implements|case)$/;

/**
 * The tokens of a text, up to the first string, template or comment that nothing ends. What is no token of the language
 * becomes a mark of one character.
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const heads: boolean[] = [];
  let afterHead = false;
  let at = 0;
  for (;;) {
    const space = match(SPACE, text, at) ?? "";
    at += space.length;
    if (at >= text.length) return tokens;
    const before = tokens.at(-1);
    const mayDivide = before !== undefined && endsOperand(before) && !afterHead;
    const [kind, word] = tokenAt(text, at, mayDivide);
    const token = { kind, text: word, start: at, end: at + word.length, newLine: space.includes("\n") };
    tokens.push(token);
    if (isUnended(token)) return tokens;
    at += word.length;
    if (word === "(") heads.push(before?.kind === "word" && HEADS.test(before.text));
    afterHead = word === ")" && heads.pop() === true;
  }
}

/** True for a mark that begins a string, a template or a comment which nothing ends. */
export function isUnended({ kind, text }: Token): boolean {
  return kind === "mark" && /^(?:["'`]|\/\*)$/.test(text);
}

/** What a pattern finds at an offset. */
function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function tokenAt(text: string, at: number, mayDivide: boolean): [Token["kind"], string] {
  const word = match(WORD, text, at);
  if (word !== undefined) return ["word", word];
  const number = match(NUMBER, text, at);
  if (number !== undefined) return ["number", number];
  const string = match(STRING, text, at) ?? templateAt(text, at);
  if (string !== undefined) return ["string", string];
  const pattern = mayDivide ? undefined : match(PATTERN, text, at);
  return pattern === undefined ? ["mark", match(MARK, text, at) ?? ""] : ["string", pattern];
}

/** A template, with all that stands in its `${}`; undefined where none begins, or nothing ends it. */
function templateAt(text: string, start: number): string | undefined {
  if (text[start] !== "`") return undefined;
  const open = ["`"];
  let at = start + 1;
  while (open.length > 0 && at < text.length) {
    const character = text[at] ?? "";
    if (open.at(-1) === "`") {
      const begins = text.startsWith("${", at);
      if (character === "`") open.pop();
      else if (begins) open.push("{");
      at += begins || character === "\\" ? 2 : 1;
      continue;
    }
    const passed = match(SPACE, text, at) ?? match(STRING, text, at);
    if (passed === undefined && "`{".includes(character)) open.push(character);
    else if (passed === undefined && character === "}") open.pop();
    at += passed?.length ?? 1;
  }
  return open.length === 0 ? text.slice(start, at) : undefined;
}

/** True when an expression, a type or a statement may end with the token. */
export function endsOperand({ kind, text }: Token): boolean {
  if (kind === "word") return !OPERATORS.test(text);
  return kind !== "mark" || /^(?:[)\]}]|\+\+|--|>+|!)$/.test(text);
}

/** True when a statement may begin with the token. */
export function beginsStatement({ kind, text }: Token): boolean {
  if (kind === "word") return !/^(?:in|of|as|is|instanceof|extends|implements|from)$/.test(text);
  return kind !== "mark" || text === "@" || text === "{";
}

/** Two texts with the same result differ in comments and space only. */
export function wordsOf(text: string): string {
  return tokensOf(text)
    .map((token) => token.text)
    .join(" ");
}
