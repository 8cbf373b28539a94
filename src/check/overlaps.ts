/** Counts how often counted code met another CPU: both touched one word, and one of them wrote it. */

import type { CoverSite } from "../build/cover.js";
import type { Access, AccessKind } from "../explore/access.js";

/** Accesses that change nothing. */
const LOOKS: ReadonlySet<AccessKind> = new Set<AccessKind>(["load", "fence", "wait"]);

/** Who touched a word last, and whether by a store. */
interface Touch {
  readonly cpu: number;
  readonly stores: boolean;
  /** The declaration; -1: none that is counted. */
  readonly declaration: number;
}

export class Overlaps {
  /** By declaration: how often. */
  readonly counts: Map<string, number>;
  readonly #names: readonly string[];
  /** By place: the declaration's index, or -1. */
  readonly #byPlace: Int32Array;
  readonly #last = new Map<number, Touch>();

  /** `places` are the names of the engine's places: `mm/merge/vmaMergeNew#2`. */
  constructor(places: readonly string[], sites: readonly CoverSite[]) {
    this.#names = [...new Set(sites.map(nameOf))];
    this.counts = new Map(this.#names.map((name) => [name, 0]));
    const ends = sites.map((site) => ({ site, start: `${site.file.replace(/\.ts$/, "")}/` }));
    this.#byPlace = Int32Array.from(places, (place) => {
      const found = ends.find(({ site, start }) => {
        if (!place.startsWith(start)) return false;
        const name = place.slice(start.length).split(/[~#(]/)[0];
        return name === site.declaration || name?.startsWith(`${site.declaration.split(".")[0]}#`);
      });
      return found === undefined ? -1 : this.#names.indexOf(nameOf(found.site));
    });
  }

  /** A new execution begins. */
  begin(): void {
    this.#last.clear();
  }

  /** A CPU makes an access to a word that several touch. */
  see(cpu: number, { hook, place, at }: Access): void {
    const declaration = this.#byPlace[place] ?? -1;
    const stores = !LOOKS.has(hook.kind);
    const last = this.#last.get(at);
    this.#last.set(at, { cpu, stores, declaration });
    if (last === undefined || last.cpu === cpu || !(stores || last.stores)) return;
    if (declaration >= 0) this.#count(declaration);
    if (last.declaration >= 0 && last.declaration !== declaration) this.#count(last.declaration);
  }

  #count(declaration: number): void {
    const name = this.#names[declaration] as string;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

/** The name of a site's declaration with its file. */
export function nameOf({ file, declaration }: Pick<CoverSite, "file" | "declaration">): string {
  return `${file} ${declaration}`;
}
