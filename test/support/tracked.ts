/** Which files are the project's: those that git tracks. Whoever tries something in the checkout adds others. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Paths of the files of a project's folder that git tracks, with `/`; undefined in a tree that is no checkout. */
export function trackedFiles(root: string): ReadonlySet<string> | undefined {
  // Without this, git would look for a checkout around the tree.
  if (!existsSync(join(root, ".git"))) return undefined;
  try {
    const listed = execFileSync("git", ["-C", root, "ls-files", "-z"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 2 ** 26,
    });
    const files = listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
    return files.length > 0 ? new Set(files) : undefined;
  } catch {
    return undefined;
  }
}
