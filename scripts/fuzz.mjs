/** `npm run fuzz`: makes inputs from a seed, runs the built package on them, and says what must not be; test/fuzz/main.ts has the options. */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
// Below the checkout, so that what it imports is found; a folder a process, so that two may run at once.
const folder = join(root, "build/fuzz/harness", String(process.pid));

await mkdir(folder, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: [join(root, "test/fuzz/main.ts"), join(root, "test/fuzz/child.ts")],
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  logLevel: "warning",
});
const { main } = await import(pathToFileURL(join(folder, "main.mjs")).href);
try {
  process.exitCode = await main(process.argv.slice(2), root, join(folder, "child.mjs"));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
} finally {
  await rm(folder, { recursive: true, force: true });
}
