/** Reads a recorded answer: the kernel's, or one of `rmap run`. */
import { MAX_PROCESSES } from "../ops/operation.js";
import type { Answer, Dump, DumpPage, DumpProcess, DumpVma, Outcome } from "../ops/outcome.js";
import { type JsonNode, JsonText, type JsonValue } from "../text/json.js";
import { shown } from "../text/words.js";

/** An answer and its source. */
export interface Recorded extends Answer {
  /** `Linux 6.18.44`, `rmap-engine 0.1.0`; "the recording" when the file has no name. */
  readonly by: string;
}

/** Reads the JSON form. `file` is the name for messages. Throws InputError with the place of the first error. */
export function readRecorded(text: string, file: string): Recorded {
  const json = new JsonText(text, file, "an answer is what `rmap run SCRIPT` prints");
  return new Reader(json).answer(json.read());
}

class Reader {
  readonly #json: JsonText;

  constructor(json: JsonText) {
    this.#json = json;
  }

  answer(node: JsonNode): Recorded {
    const members = this.#members(node, "an answer: an object with results and dumps");
    const by = members.get("kernel") ?? members.get("engine");
    return {
      by: by === undefined ? "the recording" : this.#string(by, "a name").split(" ").map(shown).join(" "),
      results: this.#items(this.#member(node, members, "results"), "results").map((item) =>
        this.#outcome(item),
      ),
      dumps: this.#items(this.#member(node, members, "dumps"), "snapshots").map((item) => this.#dump(item)),
    };
  }

  #outcome(node: JsonNode): Outcome {
    if (node.value === 0n) return 0;
    return this.#string(node, 'an outcome: 0, the name of an error, "SEGV" or "BUS"');
  }

  #dump(node: JsonNode): Dump {
    const members = this.#members(node, "a snapshot: an object with at and procs");
    const procs: Record<string, DumpProcess> = {};
    for (const [process, state] of this.#members(this.#member(node, members, "procs"), "processes")) {
      if (!/^(0|[1-9][0-9]?)$/.test(process) || Number(process) >= MAX_PROCESSES)
        this.#json.fail(
          state.at,
          `expected processes 0 to ${MAX_PROCESSES - 1} as keys, found "${shown(process)}"`,
        );
      const parts = this.#members(state, "a process: an object with vmas and pages");
      procs[process] = {
        vmas: this.#items(this.#member(state, parts, "vmas"), "mappings").map((item) => this.#vma(item)),
        pages: this.#items(this.#member(state, parts, "pages"), "pages").map((item) => this.#page(item)),
      };
    }
    return { at: this.#count(this.#member(node, members, "at"), "how many operations had run"), procs };
  }

  #vma(node: JsonNode): DumpVma {
    const [start, end, perms, pgoff] = this.#row(
      node,
      4,
      "a mapping: [start, end, rights, file page or null]",
    );
    return [
      this.#count(start, "a page"),
      this.#count(end, "a page"),
      shown(this.#string(perms, "rights")),
      this.#countOrNull(pgoff, "a file page or null"),
    ];
  }

  #page(node: JsonNode): DumpPage {
    const form = "a page: [page, frame, mapcount or null, letters, value]";
    const [page, frame, mapcount, letters, value] = this.#row(node, 5, form);
    return [
      this.#count(page, "a page"),
      this.#integer(frame, "a frame's number"),
      this.#countOrNull(mapcount, "a mapcount or null"),
      shown(this.#string(letters, "letters")),
      this.#word(value, "a value of 64 bits"),
    ];
  }

  #row(node: JsonNode, length: 4, what: string): [JsonNode, JsonNode, JsonNode, JsonNode];
  #row(node: JsonNode, length: 5, what: string): [JsonNode, JsonNode, JsonNode, JsonNode, JsonNode];
  #row(node: JsonNode, length: number, what: string): readonly JsonNode[] {
    const items = this.#items(node, what);
    if (items.length !== length) this.#fail(node, what);
    return items;
  }

  #members(node: JsonNode, what: string): ReadonlyMap<string, JsonNode> {
    return node.value instanceof Map ? node.value : this.#fail(node, what);
  }

  #member(node: JsonNode, members: ReadonlyMap<string, JsonNode>, key: string): JsonNode {
    return members.get(key) ?? this.#json.fail(node.at, `expected an object with the key "${key}"`);
  }

  #items(node: JsonNode, what: string): readonly JsonNode[] {
    return Array.isArray(node.value) ? (node.value as readonly JsonNode[]) : this.#fail(node, what);
  }

  #string(node: JsonNode, what: string): string {
    return typeof node.value === "string" ? node.value : this.#fail(node, what);
  }

  #big(node: JsonNode, what: string): bigint {
    return typeof node.value === "bigint" ? node.value : this.#fail(node, what);
  }

  #word(node: JsonNode, what: string): bigint {
    const word = this.#big(node, what);
    return word === BigInt.asUintN(64, word) ? word : this.#fail(node, what);
  }

  #integer(node: JsonNode, what: string): number {
    const number = Number(this.#big(node, what));
    return Number.isSafeInteger(number) ? number : this.#fail(node, what);
  }

  #count(node: JsonNode, what: string): number {
    const number = this.#integer(node, what);
    return number >= 0 ? number : this.#fail(node, what);
  }

  #countOrNull(node: JsonNode, what: string): number | null {
    return node.value === null ? null : this.#count(node, what);
  }

  #fail(node: JsonNode, what: string): never {
    return this.#json.fail(node.at, `expected ${what}, found ${nameOf(node.value)}`);
  }
}

/** The kind of a value, in words. */
function nameOf(value: JsonValue): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return "an object";
  return typeof value === "string" ? `"${shown(value)}"` : shown(String(value));
}
