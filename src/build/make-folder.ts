/** Making a folder, and those that it lies in. */

import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder with all that it lies in; one that is there stays. Rejects with the file system's error. Node's own
 * `recursive` never ends where a folder says that it does not exist while something is made in it, as those of /proc do.
 */
export async function makeFolder(folder: string): Promise<void> {
  const failed = await attempt(folder);
  if (failed?.code !== "ENOENT" || dirname(folder) === folder) {
    if (failed !== undefined) throw failed;
    return;
  }
  await makeFolder(dirname(folder));
  const again = await attempt(folder);
  if (again !== undefined) throw again;
}

/** Makes one folder: what is in the way, or undefined once it is there. */
async function attempt(folder: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") return error as NodeJS.ErrnoException;
  }
  return undefined;
}
