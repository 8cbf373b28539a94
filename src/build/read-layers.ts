/** Reads overlay folders. */

import { readdir } from "node:fs/promises";
import { systemReason } from "../errors.js";
import { BuildError, OverlayError } from "./diagnostic.js";
import { type Layer, type Overlay, type OverlayFolders, rejectStrays } from "./overlay.js";
import { readSources, SourcesError } from "./read-sources.js";
import { type SourceFile, type SourceTree, shown } from "./sources.js";

/**
 * Reads overlays of one or more layers each, over `base`. Throws an OverlayError for a folder that is missing, has no
 * source file, or holds a link, another special file or far too much, and for a file that replaces nothing. Throws a
 * BuildError for a file that is not readable.
 */
export async function readLayers(base: SourceTree, overlays: readonly OverlayFolders[]): Promise<Overlay[]> {
  return Promise.all(
    overlays.map(async (folders) => {
      const layers = await Promise.all([folders].flat().map((folder) => readOverlay(folder, base)));
      const files = new Map<string, SourceFile>(base);
      for (const layer of layers) {
        rejectStrays(files, layer);
        for (const [path, source] of layer.files) files.set(path, source);
      }
      return layers;
    }),
  );
}

const READABLE =
  "Name a folder whose files stand at the same paths as the files of assembly/ that they change.";

async function readOverlay(folder: string, base: SourceTree): Promise<Layer> {
  const files = await checkPlaces(folder, base)
    .then(() => readSources(folder))
    .catch((error: unknown) => {
      throw unreadable(folder, error);
    });
  if (files.size === 0) {
    throw new OverlayError(
      `overlay folder ${folder} has no .ts file`,
      [folder],
      "Put a declaration that you want to replace into it, in a file of the same path as below assembly/.",
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
