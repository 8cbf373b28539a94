/** `npm run test:kernel`: compares the engine with the running kernel. test/kernel/campaign.ts has the options. */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

/** What is built stays where it is: it finds its engines by its own place. */
const leaveOut = ({ resolveDir, path }) => ({
  path: pathToFileURL(join(resolveDir, path)).href,
  external: true,
});

const root = fileURLToPath(new URL("..", import.meta.url));
// As deep as test/kernel/, so that paths relative to it hold.
const folder = join(root, "node_modules", ".rmap-engine");
const output = join(folder, `campaign-${process.pid}.mjs`);

const { outputFiles } = await build({
  entryPoints: [join(root, "test/kernel/campaign.ts")],
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  plugins: [{ name: "dist", setup: ({ onResolve }) => onResolve({ filter: /\/dist\// }, leaveOut) }],
  write: false,
  logLevel: "warning",
});
await mkdir(folder, { recursive: true });
await writeFile(output, outputFiles[0].contents);
try {
  const { main } = await import(pathToFileURL(output).href);
  process.exitCode = await main(process.argv.slice(2));
} finally {
  await rm(output, { force: true });
}
