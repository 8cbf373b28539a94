/** The folder for engines that `rmap` or your program has compiled. */
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * RMAP_CACHE, or the user's cache folder. Where neither is known, as in a container without a home: this user's own
 * folder among the temporary files.
 */
export function cacheFolder(): string {
  const { RMAP_CACHE, XDG_CACHE_HOME } = process.env;
  if (RMAP_CACHE) return RMAP_CACHE;
  // The specification ignores relative paths in XDG_CACHE_HOME.
  if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, "rmap-engine");
  const home = homeFolder();
  return home === undefined
    ? join(tmpdir(), `rmap-engine-${process.getuid?.() ?? 0}`)
    : join(home, ".cache", "rmap-engine");
}

function homeFolder(): string | undefined {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    // The user is not in the system's list of users.
    return undefined;
  }
}
