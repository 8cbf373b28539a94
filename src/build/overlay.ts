/**
 * Overlays: a file in an overlay folder replaces the file of the same path below `assembly/`. The checked build, the
 * model build and every protocol variant differ from the engine in this way, without a switch in the code.
 */

import { readdir } from "node:fs/promises";
import { systemReason } from "../errors.js";
import { nearest } from "../text/nearest.js";
import { BuildError, OverlayError } from "./diagnostic.js";
import { importsOf, readSources, type SourceFile, SourcesError, type SourceTree, shown } from "./sources.js";

/**
 * An overlay: one folder, or several layers, the lowest first. Where two layers have the same file, the higher one
 * counts.
 */
export type OverlayFolders = string | readonly string[];

/** An overlay folder, read. */
export interface Overlay {
  /** The folder as the caller named it, for messages. */
  readonly folder: string;
  readonly files: SourceTree;
  /** True: each of its files replaces one, or is imported by one that does. */
  readonly checked?: boolean;
}

/**
 * Reads overlays of one or more layers each, over `base`. Throws an OverlayError for a folder that is missing, has no
 * source file, or holds a link, another special file or far too much, and for a file that replaces nothing. Throws a
 * BuildError for a file that is not readable.
 */
export async function readLayers(base: SourceTree, overlays: readonly OverlayFolders[]): Promise<Overlay[]> {
  return Promise.all(
    overlays.map(async (folders) => {
      const layers = await Promise.all([folders].flat().map((folder) => readOverlay(folder, base)));
      const files = new Map<string, SourceFile>();
      for (const layer of layers) {
        rejectStrays(new Map([...base, ...files]), layer);
        for (const [path, source] of layer.files) files.set(path, source);
      }
      return { folder: layers.at(-1)?.folder ?? "", files, checked: true };
    }),
  );
}

const READABLE = "Name a folder whose files have the same paths as the files of assembly/ that they replace.";

async function readOverlay(folder: string, base: SourceTree): Promise<Overlay> {
  const files = await checkPlaces(folder, base)
    .then(() => readSources(folder))
    .catch((error: unknown) => {
      throw unreadable(folder, error);
    });
  if (files.size === 0) {
    throw new OverlayError(
      `overlay folder ${folder} has no .ts file`,
      [folder],
      "Put the file you want to replace into it, at its path below assembly/.",
    );
  }
  return { folder, files };
}

/**
 * Throws an OverlayError for a folder that has nothing in common with the sources, before it reads anything below the
 * folder.
 */
async function checkPlaces(folder: string, base: SourceTree): Promise<void> {
  const places = new Set([...base.keys()].filter((path) => path.includes("/")).map(firstPart));
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.length === 0) return;
  if (entries.some(({ name }) => places.has(name) || name.endsWith(".ts"))) return;
  throw new OverlayError(
    `overlay folder ${shown(folder)} has no .ts file and no folder of assembly/ in it: ${[...places].sort().join(", ")}`,
    [folder],
    READABLE,
  );
}

function firstPart(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

/** The error for an overlay that is not readable. */
function unreadable(folder: string, error: unknown): Error {
  if (error instanceof OverlayError) return error;
  if (error instanceof SourcesError) {
    return new OverlayError(
      error.message,
      [error.entry],
      "An overlay holds plain files: copy the file into it instead.",
    );
  }
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") {
    const why = code === "ENOENT" ? "it does not exist" : "it is not a folder";
    return new OverlayError(`overlay folder ${shown(folder)} cannot be read: ${why}`, [folder], READABLE);
  }
  const file = shown(path ?? folder);
  return new BuildError([{ file, line: 0, column: 0, message: `cannot be read: ${systemReason(error)}` }]);
}

/**
 * The sources with the overlays applied. An overlay may add a file only when one of its replacing files imports it,
 * directly or through another added one.
 *
 * Throws an OverlayError when a file replaces nothing, and when two overlays hold the same path.
 */
export function applyOverlays(base: SourceTree, overlays: readonly Overlay[]): SourceTree {
  const result = new Map<string, SourceFile>(base);
  const owner = new Map<string, Overlay>();
  for (const overlay of overlays) {
    if (!overlay.checked) rejectStrays(base, overlay);
    for (const [path, source] of overlay.files) {
      const other = owner.get(path);
      if (other !== undefined) {
        throw new OverlayError(
          `${path} is replaced twice: by ${other.files.get(path)?.file} and by ${source.file}`,
          [other.files.get(path)?.file ?? other.folder, source.file],
          "Only one overlay can replace a file: leave one of them out, or merge them by hand.",
        );
      }
      owner.set(path, overlay);
      result.set(path, source);
    }
  }
  return result;
}

/** Throws for the overlay's files that neither replace a file nor belong to one that does. */
function rejectStrays(base: SourceTree, overlay: Overlay): void {
  const reached = new Set([...overlay.files.keys()].filter((path) => base.has(path)));
  for (const path of reached) {
    const source = overlay.files.get(path);
    if (source === undefined) continue;
    for (const target of importsOf(path, source.text)) if (overlay.files.has(target)) reached.add(target);
  }
  const strays = [...overlay.files].filter(([path]) => !reached.has(path));
  if (strays.length === 0) return;
  const lines = strays.map(
    ([path, source]) =>
      `${shown(source.file)} replaces nothing: there is no ${shown(path)}; nearest: ${nearest(path, base.keys()).join(", ")}`,
  );
  throw new OverlayError(
    lines.join("\n"),
    strays.map(([, source]) => source.file),
    "Give the file the path of the one it replaces, or import it from a file that replaces one.",
  );
}
