/**
 * Formats the AssemblyScript sources: assembly/, variants/ and overlays/, and the overlay among the examples.
 *
 *   node scripts/format-assembly.mjs [--check]
 *
 * --check   write nothing, and name the files that are not formatted: exit code 1
 *
 * Prettier parses AssemblyScript's decorators through its plugin. The plugin puts two empty lines before a decorated
 * declaration, of which one stays.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import plugin from "assemblyscript-prettier";
import { format } from "prettier";
import { optionsOf } from "./options.mjs";

const { values } = optionsOf({ options: { check: { type: "boolean", default: false } } });
const root = fileURLToPath(new URL("..", import.meta.url));
const options = { parser: "typescript", plugins: [plugin], printWidth: 120 };

/** The text of a file as it should be. */
async function formatted(text, filepath) {
  return (await format(text, { ...options, filepath })).replace(/\n{3,}/g, "\n\n");
}

/** The TypeScript files below a folder. */
function filesOf(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(root, folder, name));
}

let wrong = 0;
for (const folder of ["assembly", "overlays", "variants", "examples/swap-policy"]) {
  for (const file of filesOf(folder)) {
    const text = readFileSync(file, "utf8");
    const good = await formatted(text, file);
    if (text === good) continue;
    wrong++;
    if (values.check) process.stderr.write(`${file.slice(root.length)}: not formatted\n`);
    else writeFileSync(file, good);
  }
}
if (values.check && wrong > 0) {
  process.stderr.write("run `npm run format` to format them\n");
  process.exitCode = 1;
}
