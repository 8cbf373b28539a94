/** Variants compiled without optimising, which takes most of the time of a build and finds no mistakes. */
import { join } from "node:path";
import binaryen from "assemblyscript/binaryen";
import { compileSources } from "../../dist/build/compiler.js";
import { packageRoot, readTargets, type Target } from "../../dist/build/index.js";
import { LAYOUT_SECTION, probeLayout } from "../../dist/build/layout.js";
import { layOver, type Overlay } from "../../dist/build/overlay.js";
import { readLayers } from "../../dist/build/read-layers.js";
import { readSources } from "../../dist/build/read-sources.js";
import type { SourceTree } from "../../dist/build/sources.js";
import type { Variant } from "../../dist/scenario/variant.js";
import { numberPlaces, PLACES_SECTION } from "../../dist/wasm/places.js";
import { appendJsonSections } from "../../dist/wasm/section.js";

/** Drops the import of the place's number, which nothing uses once the places are numbered. */
function withoutUnused(wasm: Uint8Array): Uint8Array {
  const module = binaryen.readBinary(wasm);
  try {
    module.setFeatures(binaryen.Features.All);
    module.runPasses(["remove-unused-module-elements"]);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** A target of `asconfig.json`, and its overlays. */
interface TargetOverlays {
  readonly target: Target;
  readonly overlays: readonly Overlay[];
}

/** The engine's sources and the overlays of each target, read once for many variants. */
export class Plain {
  readonly #base: SourceTree;
  readonly #targets: ReadonlyMap<string, TargetOverlays>;

  private constructor(base: SourceTree, targets: ReadonlyMap<string, TargetOverlays>) {
    this.#base = base;
    this.#targets = targets;
  }

  static async read(): Promise<Plain> {
    const root = packageRoot();
    const base = await readSources(join(root, "assembly"));
    const targets = (await readTargets(root)).map(async (target) => {
      const folders = target.overlays.map((folder) => join(root, folder));
      return [target.name, { target, overlays: await readLayers(base, folders) }] as const;
    });
    return new Plain(base, new Map(await Promise.all(targets)));
  }

  /** Names of the targets of `asconfig.json`. */
  get targets(): string[] {
    return [...this.#targets.keys()];
  }

  /** The sources of a target with a variant's layers over them. Throws OverlayError for what does not fit. */
  async sources(target: string, variant: Variant): Promise<SourceTree> {
    const { overlays } = this.#of(target);
    return layOver(this.#base, [...overlays, ...(await readLayers(this.#base, [variant.layers]))]).sources;
  }

  /**
   * A variant's module for a target, without names if `debug` is false. Throws BuildError with file, line and column for what
   * does not compile. Whoever uses the module validates it: V8 takes a tenth of Binaryen's time.
   */
  async wasm(target: string, variant: Variant, debug = true): Promise<Uint8Array<ArrayBuffer>> {
    const options = { ...this.#of(target).target.options, debug, noValidate: true };
    const { wasm } = await compileSources(await this.sources(target, variant), "index.ts", options);
    return wasm as Uint8Array<ArrayBuffer>;
  }

  /** The same, so that an engine can be made of it. */
  async module(target: string, variant: Variant): Promise<WebAssembly.Module> {
    const { options } = this.#of(target).target;
    const layout = await probeLayout(await this.sources(target, variant), options, () => {});
    const compiled = await this.wasm(target, variant);
    const numbered = numberPlaces(compiled, await WebAssembly.compile(compiled));
    const wasm = appendJsonSections(numbered ? withoutUnused(numbered.wasm) : compiled, {
      [LAYOUT_SECTION]: layout,
      ...(numbered && { [PLACES_SECTION]: numbered.places }),
    });
    return WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
  }

  #of(name: string) {
    const found = this.#targets.get(name);
    if (!found) throw new Error(`there is no target ${name}`);
    return found;
  }
}
