/**
 * The package.json of the tarball: it has no script that runs files which the tarball lacks when somebody installs it.
 *
 *   node scripts/manifest.mjs trim      before packing: takes `prepare` out, and keeps the file as it was
 *   node scripts/manifest.mjs restore   after packing
 *
 * npm runs both around `npm pack` and `npm publish`.
 */
import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { optionsOf } from "./options.mjs";

const MANIFEST = fileURLToPath(new URL("../package.json", import.meta.url));
const KEPT = `${MANIFEST}.packing`;
/** What npm would run from a folder or a git address, and around packing. */
const SCRIPTS = ["prepare", "prepack", "postpack"];

/** Puts the file back. Does nothing when nobody took anything out. */
async function restore() {
  if (existsSync(KEPT)) await rename(KEPT, MANIFEST);
}

async function trim() {
  // A packing that broke off has left it.
  await restore();
  const text = await readFile(MANIFEST, "utf8");
  const manifest = JSON.parse(text);
  for (const name of SCRIPTS) delete manifest.scripts[name];
  await writeFile(KEPT, text);
  const written = `${MANIFEST}.tmp`;
  await writeFile(written, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rename(written, MANIFEST).catch(async (error) => {
    await rm(KEPT, { force: true });
    throw error;
  });
}

const { positionals } = optionsOf({ allowPositionals: true, options: {} });
const [what] = positionals;
if (what === "trim") await trim();
else if (what === "restore") await restore();
else {
  process.stderr.write("expected trim or restore\n");
  process.exitCode = 2;
}
