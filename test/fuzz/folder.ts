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
    if ("link" in entry) symlinkSync(entry.link, path);
    else if ("folder" in entry) mkdirSync(path, { recursive: true });
    else writeFileSync(path, contentOf(entry));
  }
}

/** Bytes of the file at `path` among an input's entries. Throws when there is none. */
export function bytesOfEntry({ entries }: Pick<Input, "entries">, path: string): Buffer {
  const entry = entries.find((candidate) => candidate.path === path);
  if (!entry || "link" in entry || "folder" in entry) throw new Error(`the input has no file ${path}`);
  return contentOf(entry);
}

/** Texts are Latin-1: a character is a byte. */
function contentOf(entry: { readonly text: string } | { readonly bytes: string }): Buffer {
  return "text" in entry ? Buffer.from(entry.text, "latin1") : Buffer.from(entry.bytes, "base64");
}

/** An input's arguments for a folder. */
export function argumentsIn(args: readonly string[], folder: string): string[] {
  return args.map((arg) => arg.replaceAll("{}", folder));
}
