/**
 * Serves a folder over HTTP, with or without the headers that isolate its pages: only an isolated page can share memory with
 * its workers.
 *
 *   node scripts/serve.mjs [FOLDER] [--port N] [--open-headers]
 *
 * FOLDER           default: the package
 * --port           default: any free one
 * --no-isolation   without the two headers
 */
import { createServer } from "node:http";
import { fileURLToPath, pathToFileURL } from "node:url";
import sirv from "sirv";
import { optionsOf } from "./options.mjs";

/** The headers that isolate a page. */
export const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Serves `folder` on the loopback address. Returns its address, and a function that ends it. */
export async function serve(folder, { isolated = true, port = 0 } = {}) {
  const files = sirv(folder, {
    dev: true,
    setHeaders: (response) => {
      if (!isolated) return;
      for (const [name, value] of Object.entries(ISOLATED)) response.setHeader(name, value);
    },
  });
  const server = createServer((request, response) => files(request, response));
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://localhost:${server.address().port}`, close };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = optionsOf({
    allowPositionals: true,
    options: { port: { type: "string", default: "0" }, "no-isolation": { type: "boolean", default: false } },
  });
  const folder = positionals[0] ?? fileURLToPath(new URL("..", import.meta.url));
  const { url } = await serve(folder, { isolated: !values["no-isolation"], port: Number(values.port) });
  console.log(`serving ${folder} at ${url}`);
}
