/** Parses a litmus test in the C dialect of herd7. */
import { parseEnding } from "./condition-parser.js";
import { skipType } from "./expression-parser.js";
import { Lexer } from "./lexer.js";
import { parseBody } from "./statement-parser.js";
import type { Litmus, Process, Statement } from "./syntax.js";
import type { Value } from "./value.js";

/** Elements of the largest array. */
const MOST_ELEMENTS = 10_000;

/** The test in a text; `file` is its name in messages. Throws InputError, UnsupportedError for what we do not know. */
export function parseLitmus(text: string, file: string): Litmus {
  const lexer = new Lexer(file, text);
  try {
    return parseTest(lexer, file);
  } catch (error) {
    // The only RangeError that parsing can meet: the stack is full.
    if (!(error instanceof RangeError)) throw error;
    throw lexer.unsupported("nesting as deep as here", lexer.place);
  }
}

function parseTest(lexer: Lexer, file: string): Litmus {
  const { text } = lexer;
  const dialect = lexer.take();
  if (dialect.text !== "C") {
    const isOther = dialect.kind === "name" && /^[A-Z]\w*$/.test(dialect.text);
    if (isOther) throw lexer.unsupported(`a test in "${dialect.text}", in place of C,`, dialect.at);
    throw lexer.error('expected "C" and the name of the test in the first line', dialect.at);
  }
  const [name = ""] = lexer
    .line()
    .split("(*", 1)
    .map((part) => part.trim());
  if (name === "") throw lexer.error('expected the name of the test behind "C"');
  lexer.skipToBrace();
  const memory = new Map<string, Value>();
  const registers: Map<string, Value>[] = [];
  parseInit(lexer, memory, registers);
  const processes: Process[] = [];
  const texts: string[] = [];
  while (/^P\d+$/.test(lexer.peek().text)) {
    const { at } = lexer.peek();
    processes.push(parseProcess(lexer, processes.length, registers));
    texts.push(text.slice(at, lexer.place));
  }
  if (processes.length === 0) throw lexer.unexpected("the first process, P0(…) { … }");
  for (const { parameters } of processes)
    for (const parameter of parameters) if (!memory.has(parameter)) memory.set(parameter, 0);
  lexer.processes = processes.length;
  lexer.knows = (process, name) =>
    process < 0
      ? memory.has(name) || texts.some((one) => has(one, name))
      : processes[process]?.registers.has(name) === true || has(texts[process] ?? "", name);
  const ending = parseEnding(lexer);
  return { name, file, text, memory, processes, ...ending };
}

/** Whether a text has a name as a word. */
function has(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name}(?![\\w$])`).test(text);
}

/** The init section, up to its closing brace. */
function parseInit(lexer: Lexer, memory: Map<string, Value>, registers: Map<string, Value>[]): void {
  while (!lexer.accept("}")) {
    if (lexer.accept(";")) continue;
    if (lexer.peek().kind === "end") throw lexer.unexpected('"}" at the end of the init section');
    skipType(lexer);
    while (lexer.accept("*"));
    if (lexer.peek().kind === "number") {
      const process = lexer.integer("the number of a process");
      lexer.expect(":");
      const name = lexer.name("the name of a register");
      const of = registers[process] ?? new Map<string, Value>();
      registers[process] = of;
      of.set(name, lexer.accept("=") ? initialValue(lexer) : 0);
    } else parseLocation(lexer, memory);
    if (lexer.peek().text !== "}") lexer.expect(";");
  }
}

/** `x = 1`, `[x] = 1`, `x[3] = {1, 2, 3}` or `x`. */
function parseLocation(lexer: Lexer, memory: Map<string, Value>): void {
  const isBracketed = lexer.accept("[");
  const name = lexer.name("a location");
  if (isBracketed) lexer.expect("]");
  let size = 1;
  if (lexer.accept("[")) {
    const { at } = lexer.peek();
    size = lexer.peek().kind === "number" ? lexer.integer("the size of an array") : 1;
    lexer.expect("]");
    if (size > MOST_ELEMENTS) throw lexer.unsupported(`an array of more than ${MOST_ELEMENTS} elements`, at);
  }
  for (let index = 0; index < size; index++) memory.set(index === 0 ? name : `${name}[${index}]`, 0);
  if (!lexer.accept("=")) return;
  if (!lexer.accept("{")) {
    memory.set(name, initialValue(lexer));
    return;
  }
  for (let index = 0; !lexer.accept("}"); index++) {
    memory.set(index === 0 ? name : `${name}[${index}]`, initialValue(lexer));
    if (!lexer.accept(",") && lexer.peek().text !== "}") throw lexer.unexpected('"," or "}"');
  }
}

/** A number, `&x`, `x`, ATOMIC_INIT(1), or the value of an open lock. */
function initialValue(lexer: Lexer): Value {
  if (lexer.accept("(")) {
    const isCast = skipType(lexer);
    const value = isCast ? 0 : initialValue(lexer);
    lexer.expect(")");
    return isCast ? initialValue(lexer) : value;
  }
  if (lexer.accept("&")) return `&${lexer.name("a location")}`;
  if (lexer.peek().kind !== "name") return lexer.integer("a number or a location");
  const { text, at } = lexer.take();
  if (!lexer.accept("(")) return /SPIN_LOCK_UNLOCKED/.test(text) || text === "NULL" ? 0 : `&${text}`;
  if (!/^ATOMIC\w*_INIT$|SPIN_LOCK_UNLOCKED/.test(text)) throw lexer.unsupported(`"${text}"`, at);
  if (/SPIN_LOCK/.test(text)) {
    lexer.name("the name of a lock");
    lexer.expect(")");
    return 0;
  }
  const value = initialValue(lexer);
  lexer.expect(")");
  return value;
}

function parseProcess(
  lexer: Lexer,
  number: number,
  registers: readonly (Map<string, Value> | undefined)[],
): Process {
  const { text, at } = lexer.take();
  if (text !== `P${number}`)
    throw lexer.error(`expected P${number}, found ${text}: processes count from 0`, at);
  const parameters = new Set<string>();
  lexer.expect("(");
  while (!lexer.accept(")")) {
    skipType(lexer);
    if (lexer.peek().text === ")") continue;
    parameters.add(lexer.name("the name of a parameter"));
    if (lexer.accept("[")) lexer.expect("]");
    if (!lexer.accept(",") && lexer.peek().text !== ")") throw lexer.unexpected('"," or ")"');
  }
  lexer.code = true;
  lexer.expect("{");
  const body: Statement[] = parseBody(lexer);
  lexer.code = false;
  lexer.expect("}");
  return { parameters, body, registers: registers[number] ?? new Map() };
}
