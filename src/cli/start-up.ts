/** What makes the next start of the program faster. */
import * as nodeModule from "node:module";
import { join } from "node:path";
import { cacheFolder } from "../platform/cache-folder.js";

/**
 * Lets Node keep the code that V8 compiles from the program's files, and take it at the next start: in the folder that
 * NODE_COMPILE_CACHE names, or beside the engines that `rmap` has compiled. Node does it from 22.8 on; before, or where it may not write
 * there, nothing happens.
 */
export function keepCompiledCode(): void {
  const folder = process.env["NODE_COMPILE_CACHE"] || join(cacheFolder(), "node");
  (nodeModule as { enableCompileCache?: (folder: string) => void }).enableCompileCache?.(folder);
}
