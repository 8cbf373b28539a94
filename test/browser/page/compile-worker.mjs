/** A worker that compiles an engine with an overlay: what it imports, a bundler finds. */
import * as parser from "assemblyscript";
import * as asc from "assemblyscript/asc";
import * as binaryen from "assemblyscript/binaryen";
import { compileEngine, useCompiler } from "rmap-engine/build/core";

useCompiler({ assemblyscript: parser, "assemblyscript/asc": asc, "assemblyscript/binaryen": binaryen });

self.onmessage = async ({ data }) => {
  try {
    const { wasm, info } = await compileEngine(data);
    self.postMessage({ wasm, info });
  } catch (error) {
    const { name, code, message, diagnostics } = error;
    self.postMessage({ error: { name, code, message, diagnostics } });
  }
};

// The compiler loads before this line runs, and what came until then is lost: so it says when it listens.
self.postMessage({ ready: true });
