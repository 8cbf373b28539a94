/** `npm run test:kernel`: the engine against the running kernel; `--help` prints the options of test/kernel/campaign.ts. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What is built stays where it is: it finds its engines by its own place. */
const leaveOut = ({ resolveDir, path }) => ({
  path: pathToFileURL(join(resolveDir, path)).href,
  external: true,
});

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
const folder = await mkdtemp(join(tmpdir(), "rmap-campaign-"));
try {
  const output = join(folder, "campaign.mjs");
  await writeFile(output, outputFiles[0].contents);
  const { main } = await import(pathToFileURL(output).href);
  process.exitCode = await main(process.argv.slice(2), join(root, "test/kernel/oracle.c"));
} finally {
  await rm(folder, { recursive: true, force: true });
}
