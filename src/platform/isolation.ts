/** Whether threads of this environment can share memory. */
import { isNode } from "./host.js";

/** Why worker threads cannot share memory here, and what to do; undefined when they can. */
export function missingSharing(): { readonly why: string; readonly hint: string } | undefined {
  if (isNode || typeof SharedArrayBuffer !== "undefined") return undefined;
  return {
    why: "this page is not cross-origin isolated, so worker threads cannot share memory with it",
    hint:
      "serve it with the headers `Cross-Origin-Opener-Policy: same-origin` and " +
      "`Cross-Origin-Embedder-Policy: require-corp`, or create the engine without `cpus` and `kswapd`",
  };
}
