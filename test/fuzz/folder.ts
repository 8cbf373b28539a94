/** The folder that an input's files stand in. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Input } from "./input.js";

/** Writes an input's entries into a folder that is empty afterwards but for them. */
export function writeEntries(input: Pick<Input, "entries">, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const entry of input.entries) {
    const path = join(folder, entry.path);
    mkdirSync(dirname(path), { recursive: true });
    if ("text" in entry) writeFileSync(path, entry.text, "latin1");
    else if ("bytes" in entry) writeFileSync(path, Buffer.from(entry.bytes, "base64"));
    else if ("link" in entry) symlinkSync(entry.link, path);
    else mkdirSync(path, { recursive: true });
  }
}

/** An input's arguments for a folder. */
export function argumentsIn(args: readonly string[], folder: string): string[] {
  return args.map((arg) => arg.replaceAll("{}", folder));
}
