/**
 * Serves the page in examples/browser with the headers that let its workers share memory, until you press Ctrl-C.
 *
 *   npm run demo [-- --port N]
 */
import { fileURLToPath } from "node:url";
import { optionsOf } from "./options.mjs";
import { serve } from "./serve.mjs";

const { values } = optionsOf({ options: { port: { type: "string", default: "8080" } } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  process.stderr.write(`--port must be a number from 0 to 65535, not ${values.port}\n`);
  process.exit(2);
}
try {
  const { url } = await serve(fileURLToPath(new URL("..", import.meta.url)), { port });
  console.log(`${url}/examples/browser/`);
} catch (error) {
  process.stderr.write(
    `cannot listen on port ${port}: ${error.message}\nhint: npm run demo -- --port 0 takes any free one\n`,
  );
  process.exitCode = 3;
}
