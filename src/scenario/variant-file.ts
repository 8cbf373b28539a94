/**
 * `variant.json`: the description of a variant. We read it strictly, because a verdict under a wrong name would never
 * be checked.
 */

import { MODELS } from "../lkmm/rules.js";
import { type JsonNode, JsonText } from "../text/json.js";
import { nearest } from "../text/nearest.js";
import type { Expected, Verdict } from "./verdict.js";

/** The contents of `variant.json`. */
export interface VariantFile {
  readonly title: string;
  /** The variant below this one: its files apply first. */
  readonly base?: string;
  readonly story: string;
  readonly source: string;
  /** By scenario. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

/** The names that a `variant.json` may use. */
export interface KnownNames {
  readonly variants: readonly string[];
  readonly scenarios: readonly string[];
  /** What a verdict's `by` may list: invariants, and names of panics without `PANIC_`. */
  readonly findings: readonly string[];
}

const KEYS = ["title", "story", "source", "base", "verdicts"];
const VERDICT_KEYS = ["expected", "explore", "models", "by", "why"];
const EXPECTED: readonly Expected[] = ["bug", "clean", "none"];
const HINT = "docs/stress.md describes variant.json";

/**
 * Reads a `variant.json`. `file` is the name for messages. Throws InputError, with the place in the file, for a
 * missing key, a wrong type or an unknown name.
 */
export function readVariantFile(text: string, file: string, known: KnownNames): VariantFile {
  return new Reader(new JsonText(text, file), known).file();
}

/** Throws InputError for a valid `base` that does not exist. The text is already read. */
export function failAtBase(text: string, file: string, message: string): never {
  const json: JsonText = new JsonText(text, file);
  const { value, at } = json.read();
  const base = value instanceof Map ? (value.get("base") as JsonNode | undefined) : undefined;
  json.fail(base?.at ?? at, message, HINT);
}

class Reader {
  readonly #json: JsonText;
  readonly #known: KnownNames;

  constructor(json: JsonText, known: KnownNames) {
    this.#json = json;
    this.#known = known;
  }

  file(): VariantFile {
    const root = this.#json.read();
    const members = this.#members(root, "a variant.json", KEYS);
    const base = members.get("base");
    return {
      title: this.#text(root, members, "title"),
      story: this.#text(root, members, "story"),
      source: this.#text(root, members, "source"),
      ...(base && { base: this.#name(base, "variant of this package", this.#known.variants) }),
      verdicts: this.#verdicts(members.get("verdicts") ?? this.#fail(root, '"verdicts" is missing')),
    };
  }

  #verdicts(node: JsonNode): Record<string, Verdict> {
    if (!(node.value instanceof Map)) this.#fail(node, '"verdicts" must be an object, by scenario');
    const members = [...(node.value as ReadonlyMap<string, JsonNode>)];
    return Object.fromEntries(
      members.map(([scenario, verdict]) => {
        this.#among(verdict, scenario, "scenario", this.#known.scenarios);
        return [scenario, this.#verdict(verdict, scenario)];
      }),
    );
  }

  #verdict(node: JsonNode, scenario: string): Verdict {
    const members = this.#members(node, `the verdict of "${scenario}"`, VERDICT_KEYS);
    const found = this.#expected(node, members.get("expected"), scenario, "expected");
    const explored = members.get("explore");
    const explore = explored && this.#expected(node, explored, scenario, "explore");
    const models = this.#models(node, members.get("models"), scenario);
    const by = members.get("by");
    if (by && ![found, explore, ...Object.values(models ?? {})].includes("bug"))
      this.#fail(by, `verdict of "${scenario}": "by" says how a bug shows`);
    return {
      expected: found,
      ...(explore && { explore }),
      ...(models && { models }),
      ...(by && { by: this.#by(by, scenario) }),
      why: this.#text(node, members, "why"),
    };
  }

  #models(verdict: JsonNode, node: JsonNode | undefined, scenario: string): Verdict["models"] {
    if (node === undefined) return undefined;
    const members = this.#members(node, `"models" of the verdict of "${scenario}"`, MODELS);
    const all = [...members].map(([model, of]) => [model, this.#expected(verdict, of, scenario, model)]);
    return Object.fromEntries(all);
  }

  #expected(verdict: JsonNode, node: JsonNode | undefined, scenario: string, key: string): Expected {
    const found = EXPECTED.find((name) => name === node?.value);
    if (found) return found;
    const given = node === undefined ? "" : `, not ${show(node)}`;
    const known = `${EXPECTED.slice(0, -1).join(", ")} or ${EXPECTED.at(-1)}`;
    return this.#fail(node ?? verdict, `verdict of "${scenario}": "${key}" must be ${known}${given}`);
  }

  #by({ value, at }: JsonNode, scenario: string): string[] {
    if (!Array.isArray(value) || value.length === 0)
      return this.#fail({ at }, `verdict of "${scenario}": "by" must list findings, or be left out for any`);
    return (value as JsonNode[]).map((item) => this.#name(item, "finding", this.#known.findings));
  }

  #members(node: JsonNode, what: string, keys: readonly string[]): ReadonlyMap<string, JsonNode> {
    const { value } = node;
    if (!(value instanceof Map)) return this.#fail(node, `${what} must be an object`);
    for (const [key, member] of value) this.#among(member, key, `key of ${what}`, keys);
    return value;
  }

  /** A required text that is not empty. */
  #text(node: JsonNode, members: ReadonlyMap<string, JsonNode>, key: string): string {
    const found = members.get(key) ?? this.#fail(node, `"${key}" is missing`);
    if (typeof found.value !== "string" || found.value.trim() === "")
      return this.#fail(found, `"${key}" must be a text`);
    return found.value;
  }

  /** A known name. */
  #name(node: JsonNode, what: string, names: readonly string[]): string {
    if (typeof node.value !== "string") return this.#fail(node, `expected the name of a ${what} here`);
    this.#among(node, node.value, what, names);
    return node.value;
  }

  #among(node: JsonNode, name: string, what: string, names: readonly string[]): void {
    if (names.includes(name)) return;
    const near = nearest(name, names).map((candidate) => `"${candidate}"`);
    this.#fail(node, `there is no ${what} "${name}"; nearest: ${near.join(", ")}`);
  }

  #fail({ at }: Pick<JsonNode, "at">, message: string): never {
    return this.#json.fail(at, message, HINT);
  }
}

/** A value in words, short. */
function show({ value }: JsonNode): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return JSON.stringify(value);
}
