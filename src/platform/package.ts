/** The package's own name card. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { EnvironmentError, systemReason } from "../errors.js";

/** Version of the package, from its package.json. Throws EnvironmentError when that is not there or says none. */
export async function packageVersion(): Promise<string> {
  const file = fileURLToPath(new URL("../../package.json", import.meta.url));
  let why = "it names no version";
  try {
    const { version } = JSON.parse(await readFile(file, "utf8")) as { readonly version?: unknown };
    if (typeof version === "string") return version;
  } catch (error) {
    why = systemReason(error);
  }
  throw new EnvironmentError(`the package's own ${file} cannot be read: ${why}`, "install the package again");
}
