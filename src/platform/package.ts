/** The package's own package.json. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { EnvironmentError, systemReason } from "../errors.js";

/**
 * Version of the package, from its package.json. Throws EnvironmentError when the file is missing or has no version.
 */
export async function packageVersion(): Promise<string> {
  const file = fileURLToPath(new URL("../../package.json", import.meta.url));
  let why = "it has no version";
  try {
    const { version } = JSON.parse(await readFile(file, "utf8")) as { readonly version?: unknown };
    if (typeof version === "string") return version;
  } catch (error) {
    why = systemReason(error);
  }
  throw new EnvironmentError(`the package's own ${file} cannot be read: ${why}`, "install the package again");
}
