/**
 * Keeps variants/ and overlays/ in step with the engine.
 *
 *   node scripts/variants.mjs [FILE]             names what replaces a declaration which has changed since
 *   node scripts/variants.mjs --record [FILE]    you have looked at them: records what they replace as it is now
 *   node scripts/variants.mjs --trim             drops declarations that equal those below them, and imports that nothing uses
 *
 * Exit code 1 when a variant or an overlay is to be looked at. FILE holds a hash of each replaced declaration as it was when somebody
 * looked (test/variants/replaced.json). Needs dist/.
 */

import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { composeEngine, engineSources } from "../dist/build/compose.js";
import { readTargets } from "../dist/build/config.js";
import { readDeclared } from "../dist/build/declared.js";
import { importsFor } from "../dist/build/extract.js";
import { loadVariants } from "../dist/scenario/variant.js";
import { optionsOf } from "./options.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: flags, positionals } = optionsOf({
  allowPositionals: true,
  options: { record: { type: "boolean", default: false }, trim: { type: "boolean", default: false } },
});
const record = positionals[0] ?? join(root, "test/variants/replaced.json");

/**
 * What the own files of each variant and of each build's overlay replace: by `path name`, a hash over the words of the
 * declaration below.
 */
async function replaced() {
  const all = {};
  const base = await engineSources();
  for (const { name, folder, layers } of await loadVariants()) {
    const { changes } = await composeEngine([layers], base);
    all[name] = hashes(changes.filter(({ file }) => file.startsWith(`${folder}/`)));
  }
  const builds = new Set((await readTargets(root)).flatMap(({ overlays }) => overlays));
  for (const overlay of [...builds, "overlays/bench"].sort())
    all[overlay] = hashes((await composeEngine([join(root, overlay)], base)).changes);
  return all;
}

/** By `path name`, a hash of each declaration that the changes replace. */
function hashes(changes) {
  const entries = changes.flatMap(({ path, below }) =>
    [...below].map(([declaration, words]) => [
      `${path} ${declaration}`,
      createHash("sha256").update(words).digest("hex").slice(0, 12),
    ]),
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the record does not have as it is now, and what it has that no variant replaces any more. */
async function report() {
  const recorded = JSON.parse(readFileSync(record, "utf8"));
  const now = await replaced();
  const lines = [];
  for (const variant of new Set([...Object.keys(now), ...Object.keys(recorded)])) {
    const [is, was] = [now[variant] ?? {}, recorded[variant] ?? {}];
    for (const key of new Set([...Object.keys(is), ...Object.keys(was)])) {
      const [path, name] = key.split(" ");
      const where = `${name} (assembly/${path})`;
      if (is[key] === undefined) lines.push(`${variant}: no longer replaces ${where}`);
      else if (was[key] === undefined) lines.push(`${variant}: replaces ${where}, and the record lacks that`);
      else if (is[key] !== was[key]) lines.push(`${variant}: replaces ${where}, which has changed`);
    }
  }
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  if (lines.length === 0) return;
  process.stderr.write("look at each of them, then run `node scripts/variants.mjs --record`\n");
  process.exitCode = 1;
}

/** An overlay's file without some of its declarations, and without the imports that nothing uses then. */
function without(text, names) {
  const declared = readDeclared(text);
  const isCopy = ({ name }) => names.includes(name);
  // A statement that re-exports several names goes as a whole.
  const gone = declared.declarations.filter(({ code }) =>
    declared.declarations.filter((other) => other.code.start === code.start).every(isCopy),
  );
  const kept = declared.declarations.filter((declaration) => !gone.includes(declaration));
  if (kept.length === 0) return undefined;
  const body = kept.map(({ whole }) => text.slice(whole.start, whole.end)).join("\n");
  const cuts = [...new Map(gone.map(({ whole }) => [whole.start, whole])).values()];
  for (const statement of declared.importStatements) {
    const imports = declared.imports.filter(
      ({ from }) => from.start >= statement.start && from.end <= statement.end,
    );
    const now = importsFor(text, { imports }, body);
    if (importsFor(text, { imports }, imports.map(({ local }) => local).join(" ")) === now) continue;
    cuts.push({ ...statement, by: now === "" ? "" : `${now}\n` });
  }
  let result = text;
  for (const { start, end, by = "" } of cuts.sort((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + by + result.slice(end);
  }
  return `${result.replace(/\n{3,}/g, "\n\n").trimEnd()}\n`;
}

async function trim() {
  const targets = (await readTargets(root)).map(({ overlays }) =>
    overlays.map((folder) => join(root, folder)),
  );
  const own = [
    ...targets,
    [join(root, "overlays/bench")],
    ...(await loadVariants()).map(({ layers }) => [layers]),
  ];
  const seen = new Set();
  const base = await engineSources();
  for (const overlays of own) {
    for (const { file, copies } of (await composeEngine(overlays, base)).changes) {
      if (seen.has(file)) continue;
      seen.add(file);
      const text = readFileSync(file, "utf8");
      const trimmed = without(text, copies);
      if (trimmed === undefined) rmSync(file);
      else if (trimmed !== text) writeFileSync(file, trimmed);
    }
  }
}

if (flags.trim) await trim();
if (flags.record) writeFileSync(record, `${JSON.stringify(await replaced(), null, 2)}\n`);
else if (!flags.trim) await report();
