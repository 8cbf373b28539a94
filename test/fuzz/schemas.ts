/** Holds `--json` output against the published schemas. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const validators = new Map<string, ValidateFunction>();
let root = ".";

/** Says where the checkout is. */
export function useSchemasOf(folder: string): void {
  root = folder;
}

/** What is wrong with the text of one object; undefined when it is what its schema says. */
export function schemaErrors(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `no JSON: ${(error as Error).message}`;
  }
  const { schema } = (value ?? {}) as { readonly schema?: unknown };
  const name = /^rmap\.(replay|run|stress|bench)\//.exec(String(schema))?.[1];
  if (name === undefined) return /^rmap\./.test(String(schema)) ? undefined : "no schema is named";
  let validate = validators.get(name);
  if (!validate) {
    const read = JSON.parse(readFileSync(join(root, "schemas", `${name}.json`), "utf8"));
    validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(read);
    validators.set(name, validate);
  }
  if (validate(value)) return undefined;
  const [first] = validate.errors ?? [];
  return `not of its schema: ${first?.instancePath} ${first?.message}`;
}
