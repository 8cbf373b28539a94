/** The built package that is fuzzed: the modules below its dist/ that the fuzzer calls, by their source's types. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

type Of<Path extends keyof Modules> = Modules[Path];

/** Modules of dist/, by path. */
interface Modules {
  readonly "index.js": typeof import("../../src/index.js");
  readonly "errors.js": typeof import("../../src/errors.js");
  readonly "cli/program.js": typeof import("../../src/cli/program.js");
  readonly "cpu/boot.js": typeof import("../../src/cpu/boot.js");
  readonly "script/script.js": typeof import("../../src/script/script.js");
  readonly "engine/stats.js": typeof import("../../src/engine/stats.js");
  readonly "cpu/ring.js": typeof import("../../src/cpu/ring.js");
  readonly "cpu/panic.js": typeof import("../../src/cpu/panic.js");
  readonly "ops/script.js": typeof import("../../src/ops/script.js");
  readonly "ops/outcome.js": typeof import("../../src/ops/outcome.js");
  readonly "ops/pins.js": typeof import("../../src/ops/pins.js");
  readonly "compare/index.js": typeof import("../../src/compare/index.js");
  readonly "replay/index.js": typeof import("../../src/replay/index.js");
  readonly "replay/ring-machine.js": typeof import("../../src/replay/ring-machine.js");
  readonly "trace/source.js": typeof import("../../src/trace/source.js");
}

/** The build of one checkout. */
export class Product {
  readonly #root: string;
  readonly #modules = new Map<string, unknown>();
  readonly #wasm = new Map<string, Promise<WebAssembly.Module>>();

  /** `root` is the folder that holds dist/. */
  constructor(root: string) {
    this.#root = root;
  }

  /** A module of dist/. */
  async load<Path extends keyof Modules>(path: Path): Promise<Of<Path>> {
    const known = this.#modules.get(path);
    if (known !== undefined) return known as Of<Path>;
    const module = (await import(pathToFileURL(join(this.#root, "dist", path)).href)) as Of<Path>;
    this.#modules.set(path, module);
    return module;
  }

  /** Makes an engine, with whatever is given: the point is to give what is wrong. */
  async create(options: unknown): Promise<unknown> {
    const { Engine } = await this.load("index.js");
    return Engine.create(options as never);
  }

  /** True for the errors that the library throws on purpose; needs `index.js` to be loaded. */
  isOwnError(error: unknown): boolean {
    const { RmapError } = this.#modules.get("index.js") as Of<"index.js">;
    return error instanceof RmapError;
  }

  /** A compiled engine, compiled once. */
  wasm(checked: boolean): Promise<WebAssembly.Module> {
    const name = checked ? "engine.checked.wasm" : "engine.wasm";
    let module = this.#wasm.get(name);
    if (!module) {
      module = readFile(join(this.#root, "dist", name)).then((bytes) => WebAssembly.compile(bytes));
      this.#wasm.set(name, module);
    }
    return module;
  }
}
