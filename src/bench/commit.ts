/** The state of the project that the benchmark measured. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../build/engine.js";

/**
 * The commit of the sources, followed by "+" when they have changes that are not committed; undefined outside of a
 * checkout.
 */
export function commitOf(): string | undefined {
  const root = packageRoot();
  if (!existsSync(join(root, ".git"))) return undefined;
  const git = (...words: string[]) => spawnSync("git", ["-C", root, ...words], { encoding: "utf8" });
  const head = git("rev-parse", "--short=12", "HEAD");
  if (head.status !== 0) return undefined;
  const changed = git(
    "status",
    "--porcelain",
    "--untracked-files=no",
    "--",
    "assembly",
    "src",
    "bench/native",
  );
  return head.stdout.trim() + (changed.stdout.trim() === "" ? "" : "+");
}
