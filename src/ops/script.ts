/**
 * Reads `.ops` scripts: one operation a line, `#` starts a comment. This validates the whole script before anything
 * runs, so that an error never stops a run half-way.
 */
import { InputError } from "../errors.js";
import { text as given } from "../text/arguments.js";
import { nearest, oneOf, shown, type Word, wordsOf } from "../text/words.js";
import { FORMS, GLOBAL_WORDS, PROCESS_WORDS } from "./forms.js";
import { Line } from "./line.js";
import {
  ADVICES,
  type GlobalOp,
  MAX_CPUS,
  MAX_PROCESSES,
  OFFSET_LIMIT,
  type Operation,
  type Place,
  PROTS,
  SCAN_ROUNDS,
} from "./operation.js";

/** The state of a process at a point of the script. */
type Life = "alive" | { readonly exited: number };

/**
 * Reads a script. `file` is the name for messages. Throws `InputError` with line and column at the first line that is
 * not valid, names a process that does not exist at that point, or leaves the window.
 */
export function parseScript(text: string, file = "script.ops"): Operation[] {
  return parseLines(given("parseScript: the script", text), file, new Map<number, Life>([[0, "alive"]]));
}

/**
 * Reads one line of a race, in which several CPUs run at once. It may name, fork and end any process anywhere, because
 * only the run shows which processes are alive. Throws `InputError` as `parseScript` does.
 */
export function parseConcurrentLine(line: Line): Operation {
  return parseLine(line, new AnyLife());
}

/** Every process is alive, and a fork may use every number. */
class AnyLife extends Map<number, Life> {
  override get(): Life {
    return "alive";
  }
}

function parseLines(text: string, file: string, lives: Map<number, Life>): Operation[] {
  const operations: Operation[] = [];
  text.split("\n").forEach((raw, index) => {
    const body = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const words = wordsOf(body);
    if (words.length === 0) return;
    const hash = body.indexOf("#");
    const end = (hash < 0 ? body : body.slice(0, hash)).trimEnd().length + 1;
    const line = new Line(file, index + 1, words, end);
    operations.push(parseLine(line, lives));
  });
  return operations;
}

function parseLine(line: Line, lives: Map<number, Life>): Operation {
  const first = line.word("an operation");
  const place: Place = { line: line.number, column: first.column };
  if (!/^[0-9-]/.test(first.text)) return parseGlobal(line, first, place, lives);
  const process = processOf(line, first);
  const verb = line.word("an operation");
  // The pins of a process outlive its exit.
  const pins = verb.text === "unpin" || verb.text === "release" || verb.text === "device";
  if (!pins || !lives.has(process)) mustLive(line, first, process, lives);
  return parseOfProcess(line, verb, process, place, lives);
}

function parseGlobal(line: Line, word: Word, place: Place, lives: Map<number, Life>): Operation {
  switch (word.text) {
    case "dump":
    case "ksm":
    case "swapoff":
    case "sync":
    case "check": {
      line.finish(FORMS[word.text]);
      const op: GlobalOp = { kind: word.text, place };
      return op;
    }
    case "reclaim":
    case "writeback":
    case "compact": {
      const pages = line.small("a number of pages", 0xffff_ffff);
      line.finish(FORMS[word.text]);
      return { kind: word.text, pages, place };
    }
    case "scan": {
      const rounds = line.small("a number of rounds", SCAN_ROUNDS);
      const hold = line.done ? "locked" : line.choice("what it holds", ["unheld", "unlocked"] as const);
      line.finish(FORMS.scan);
      return { kind: "scan", rounds, hold, place };
    }
    case "fail": {
      mustRace(line, word, lives);
      const after = line.small("a number of allocations", 0xffff_ffff);
      line.finish(FORMS.fail);
      return { kind: "fail", after, place };
    }
    case "cpu": {
      const at = line.word("a process (0 to 31)");
      const process = processOf(line, at);
      mustLive(line, at, process, lives);
      const cpu = line.small("a CPU", MAX_CPUS - 1);
      line.finish(FORMS.cpu);
      return { kind: "cpu", process, cpu, place };
    }
  }
  if ((PROCESS_WORDS as readonly string[]).includes(word.text)) {
    return line.fail(word, `"${shown(word.text)}" needs a process before it`, `Form: ${FORMS[word.text]}`);
  }
  return unknown(line, word, [...GLOBAL_WORDS, ...PROCESS_WORDS]);
}

function parseOfProcess(
  line: Line,
  verb: Word,
  process: number,
  place: Place,
  lives: Map<number, Life>,
): Operation {
  const form = FORMS[verb.text] ?? "";
  switch (verb.text) {
    case "mmap": {
      const page = line.pageOr("a page, or any", ["any"]);
      const pages = line.pages(page === "any" ? 0 : page);
      const prot = line.choice("access rights", PROTS);
      const shared = line.choice("how it is shared", ["private", "shared"]) === "shared";
      const kind = line.choice("what is mapped", ["anon", "file"]);
      const backing = kind === "anon" ? kind : line.small("a page offset into the file", OFFSET_LIMIT - 1);
      const stack = kind === "anon" && !shared ? line.optional("stack") : false;
      line.finish(form);
      return { kind: "mmap", process, page, pages, prot, shared, backing, stack, place };
    }
    case "munmap":
    case "mlock":
    case "munlock":
    case "migrate":
    case "unpin":
    case "register":
    case "unregister": {
      if (verb.text.endsWith("register")) mustRace(line, verb, lives);
      const page = line.page();
      const pages = line.pages(page);
      line.finish(form);
      return { kind: verb.text, process, page, pages, place };
    }
    case "supply": {
      mustRace(line, verb, lives);
      const page = line.page();
      const value = line.done ? undefined : line.big("a value of at most 64 bits");
      line.finish(form);
      return { kind: "supply", process, page, ...(value !== undefined && { value }), place };
    }
    case "mprotect": {
      const page = line.page();
      const pages = line.pages(page);
      const prot = line.choice("access rights", PROTS);
      line.finish(form);
      return { kind: "mprotect", process, page, pages, prot, place };
    }
    case "mremap": {
      const page = line.page();
      const pages = line.pages(page);
      const sized = line.word("the new number of pages");
      const newPages = newSize(line, sized);
      const to = line.done ? "stay" : line.pageOr("the new page, or any", ["any"]);
      const from = to === "stay" ? page : to === "any" ? 0 : to;
      if (from + newPages > 4096) {
        line.fail(sized, `pages ${from} to ${from + newPages} are not all in the window of 4096 pages`);
      }
      const keep = typeof to === "number" ? line.optional("keep") : false;
      line.finish(form);
      return { kind: "mremap", process, page, pages, newPages, to, keep, place };
    }
    case "read": {
      const page = line.page();
      line.finish(form);
      return { kind: "read", process, page, place };
    }
    case "write": {
      const page = line.page();
      const value = line.big("a value of at most 64 bits");
      line.finish(form);
      return { kind: "write", process, page, value, place };
    }
    case "touch":
    case "pin": {
      const page = line.page();
      const pages = line.pages(page);
      const write = line.choice("the kind of access", ["r", "w"]) === "w";
      line.finish(form);
      return { kind: verb.text, process, page, pages, write, place };
    }
    case "madvise": {
      const page = line.page();
      const pages = line.pages(page);
      const advice = line.choice("an advice", ADVICES);
      line.finish(form);
      return { kind: "madvise", process, page, pages, advice, place };
    }
    case "heap":
    case "brk": {
      const page = line.page();
      line.finish(form);
      return { kind: verb.text, process, page, place };
    }
    case "hold": {
      const page = line.page();
      const write = line.choice("the kind of access", ["r", "w"]) === "w";
      line.finish(form);
      return { kind: "hold", process, page, write, place };
    }
    case "release": {
      const value = line.done ? undefined : line.big("a value of at most 64 bits");
      line.finish(form);
      return value === undefined
        ? { kind: "release", process, place }
        : { kind: "release", process, value, place };
    }
    case "expect": {
      const page = line.page();
      const value = line.big("a value of at most 64 bits");
      const other = line.done ? value : line.big("a value of at most 64 bits");
      line.finish(form);
      return { kind: "expect", process, page, value, other, place };
    }
    case "device": {
      const value = line.big("a value of at most 64 bits");
      line.finish(form);
      return { kind: "device", process, value, place };
    }
    case "seen": {
      const page = line.page();
      const value = line.big("a value of at most 64 bits");
      const nextPage = line.page("the next page");
      const nextValue = line.big("the next value of at most 64 bits");
      line.finish(form);
      return { kind: "seen", process, page, value, nextPage, nextValue, place };
    }
    case "fork": {
      const at = line.word("the new process (0 to 31)");
      const child = processOf(line, at);
      const life = lives instanceof AnyLife ? undefined : lives.get(child);
      if (life !== undefined) {
        const why =
          life === "alive" ? "exists already" : `was used before (it exited in line ${life.exited})`;
        line.fail(at, `process ${child} ${why}`, freeNumber(lives));
      }
      line.finish(form);
      lives.set(child, "alive");
      return { kind: "fork", process, child, place };
    }
    case "exit":
      line.finish(form);
      lives.set(process, { exited: line.number });
      return { kind: "exit", process, place };
  }
  if ((GLOBAL_WORDS as readonly string[]).includes(verb.text)) {
    return line.fail(verb, `"${verb.text}" takes no process before it`, `Form: ${FORMS[verb.text]}`);
  }
  return unknown(line, verb, PROCESS_WORDS);
}

/** Stops at a word that stands only where CPUs race. */
function mustRace(line: Line, word: Word, lives: Map<number, Life>): void {
  if (lives instanceof AnyLife) return;
  line.fail(word, `"${word.text}" stands only in races: a script has the same results on any number of CPUs`);
}

function newSize(line: Line, word: Word): number {
  if (!/^(0|[1-9][0-9]{0,8}|0[xX][0-9a-fA-F]{1,7})$/.test(word.text)) {
    line.fail(word, `expected the new number of pages, found "${shown(word.text)}"`);
  }
  return Number(word.text);
}

function processOf(line: Line, word: Word): number {
  if (!/^(0|[1-9][0-9]*)$/.test(word.text)) {
    line.fail(word, `expected a process (0 to ${MAX_PROCESSES - 1}), found "${shown(word.text)}"`);
  }
  const n = Number(word.text);
  if (n >= MAX_PROCESSES) {
    line.fail(
      word,
      `process ${shown(word.text)} is one too many: a script has at most ${MAX_PROCESSES}`,
      "Processes are 0 to 31.",
    );
  }
  return n;
}

function mustLive(line: Line, word: Word, process: number, lives: Map<number, Life>): void {
  const life = lives.get(process);
  if (life === "alive") return;
  if (life === undefined) {
    line.fail(word, `process ${process} does not exist yet`, `Fork it first: "P fork ${process}".`);
  }
  line.fail(word, `process ${process} exited in line ${life.exited}`);
}

function freeNumber(lives: Map<number, Life>): string {
  for (let p = 0; p < MAX_PROCESSES; p++) if (!lives.has(p)) return `The next free number is ${p}.`;
  return `All ${MAX_PROCESSES} numbers are used.`;
}

function unknown(line: Line, word: Word, known: readonly string[]): never {
  const near = nearest(word.text, known);
  return line.fail(
    word,
    `unknown operation "${shown(word.text)}"`,
    near === null ? `Operations are ${oneOf(known)}.` : `Did you mean "${near}"? Form: ${FORMS[near]}`,
  );
}

/** Reads a script and returns its error instead of throwing it, for editors and linters. */
export function checkScript(text: string, file = "script.ops"): InputError | null {
  try {
    parseScript(text, file);
    return null;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
