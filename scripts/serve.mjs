/**
 * Serves a folder over HTTP, with or without the headers that isolate its pages: only an isolated page can share memory with
 * its workers.
 */
import { createServer } from "node:http";
import sirv from "sirv";

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
