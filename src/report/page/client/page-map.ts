/**
 * The map of pages: one square a page, on a canvas of its own as large as the window that scrolls it. It draws only what is
 * seen, so it answers within a frame however many pages there are.
 */

import { PAGE_ANON, PAGE_FILE, PAGE_SWAP, PAGE_ZERO } from "../../../inspect/page-scan.js";
import type { PageMoment } from "../data.js";
import { colour, count, element, made, onScheme } from "./look.js";
import { CELL, MapLayout, type Strip } from "./map-layout.js";
import { MomentPages } from "./moment-pages.js";

/** Other places of a page to name. */
const NAMED = 12;
const SQUARE = CELL - 1;

/** The colour of a page: what it is, and whether others map it. */
function pageColour(kind: number, mapped: number): string {
  if (kind === PAGE_ZERO) return "--e";
  if (kind === PAGE_SWAP) return "--d";
  if (kind === PAGE_FILE) return mapped > 1 ? "--e" : "--c";
  return mapped > 1 ? "--b" : "--a";
}

/** The map and what is said of the page under the cursor. */
export class PageMap {
  readonly #box = element("map");
  readonly #spacer = element("map-spacer");
  readonly #canvas = element<HTMLCanvasElement>("map-canvas");
  readonly #told = element("map-told");
  #pages: MomentPages | undefined;
  #layout: MapLayout | undefined;
  readonly #entered: (space: number) => void;
  #at = -1;
  #asked = false;
  #width = 0;

  /** `entered` hears of the address space of each page that is chosen. */
  constructor(entered: (space: number) => void) {
    this.#entered = entered;
    this.#box.addEventListener("scroll", () => this.#draw());
    this.#box.addEventListener("pointermove", (event) => this.#point(event));
    this.#box.addEventListener("pointerdown", (event) => this.#point(event));
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#resize()).observe(this.#box);
    onScheme(() => this.#draw());
  }

  /** Shows a moment. */
  show(moment: PageMoment): void {
    this.#pages = new MomentPages(moment);
    this.#at = -1;
    this.#box.scrollTop = 0;
    this.#place();
    this.#tell();
  }

  /** Scrolls to an address space. */
  goTo(space: number): void {
    const strip = this.#layout?.strips.find((one) => one.space === space);
    if (strip === undefined) return;
    this.#box.scrollTop = strip.top;
    this.#draw();
  }

  #resize(): void {
    if (this.#box.clientWidth === this.#width) this.#draw();
    else this.#place();
  }

  #place(): void {
    const pages = this.#pages;
    if (pages === undefined) return;
    this.#width = this.#box.clientWidth;
    this.#layout = new MapLayout(pages, this.#width);
    this.#spacer.style.height = `${this.#layout.height}px`;
    this.#draw();
  }

  #point(event: PointerEvent): void {
    const box = this.#box.getBoundingClientRect();
    const page =
      this.#layout?.pageAt(event.clientX - box.left, event.clientY - box.top + this.#box.scrollTop) ?? -1;
    if (page < 0 || page === this.#at) return;
    this.#choose(page, false);
  }

  #choose(page: number, scroll: boolean): void {
    this.#at = page;
    const layout = this.#layout;
    if (scroll && layout !== undefined) {
      const { y } = layout.placeOf(page);
      const seen = this.#box.clientHeight;
      if (y < this.#box.scrollTop + 40) this.#box.scrollTop = Math.max(0, y - 40);
      else if (y + 40 > this.#box.scrollTop + seen) this.#box.scrollTop = y + 40 - seen;
    }
    this.#tell();
    this.#draw();
  }

  /** Arrows move by a page and by a row; Enter goes on to the next place of the same page. */
  #key(event: KeyboardEvent): void {
    const { length } = this.#pages ?? { length: 0 };
    const columns = this.#layout?.columns ?? 1;
    if (length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.#at;
    const moves: Readonly<Record<string, () => number>> = {
      ArrowRight: () => at + 1,
      ArrowLeft: () => (at < 0 ? 0 : at - 1),
      ArrowDown: () => (at < 0 ? 0 : at + columns),
      ArrowUp: () => at - columns,
      PageDown: () => at + columns * 20,
      PageUp: () => at - columns * 20,
      Home: () => 0,
      End: () => length - 1,
      Enter: () => this.#next(),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    this.#choose(Math.max(0, Math.min(length - 1, move())), true);
  }

  /** The next place where the chosen page is mapped. */
  #next(): number {
    const pages = this.#pages;
    if (pages === undefined || this.#at < 0) return 0;
    const sharers = pages.sharers(this.#at);
    return sharers[(sharers.indexOf(this.#at) + 1) % sharers.length] ?? this.#at;
  }

  #tell(): void {
    const pages = this.#pages;
    if (pages === undefined || this.#at < 0) {
      this.#told.textContent =
        "Point at a page, or use the arrow keys in the map. Enter goes to the next process that maps it.";
      return;
    }
    const page = this.#at;
    const kind = {
      [PAGE_ANON]: "anonymous",
      [PAGE_FILE]: "a file's",
      [PAGE_ZERO]: "the zero page",
      [PAGE_SWAP]: "in swap",
    }[pages.kind(page)];
    const others = [...pages.sharers(page)].filter((one) => one !== page);
    const first = made("b", this.#where(page));
    const what = `: ${kind}${pages.writable(page) ? ", writable" : ""}. `;
    const who =
      pages.kind(page) === PAGE_ZERO
        ? "Everybody may map it, and nobody counts."
        : others.length === 0
          ? "Nobody else maps it."
          : `${count(others.length)} more ${others.length === 1 ? "entry maps" : "entries map"} it: `;
    const list = others
      .slice(0, NAMED)
      .map((one) => this.#where(one))
      .join("; ");
    const more = others.length > NAMED ? `; and ${count(others.length - NAMED)} more` : "";
    this.#told.replaceChildren(first, what, who, list, more);
    this.#told.dataset["page"] = String(page);
    this.#entered(pages.mappingOf(page).space);
    this.#told.dataset["mapped"] = String(pages.mapped(page));
  }

  #where(page: number): string {
    const pages = this.#pages as MomentPages;
    const { space, path, permissions } = pages.mappingOf(page);
    const name = pages.moment.spaces[space]?.name ?? "";
    const address = ((pages.addresses[page] as number) * 4096).toString(16);
    return `${name} ${address} ${permissions}${path === "" ? "" : ` ${path}`}`;
  }

  #draw(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#paint();
    });
  }

  #paint(): void {
    const [pages, layout] = [this.#pages, this.#layout];
    const context = this.#canvas.getContext("2d");
    if (pages === undefined || layout === undefined || context === null) return;
    const [width, height, scale] = [this.#box.clientWidth, this.#box.clientHeight, devicePixelRatio];
    if (
      this.#canvas.width !== Math.round(width * scale) ||
      this.#canvas.height !== Math.round(height * scale)
    ) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
    }
    const top = this.#box.scrollTop;
    context.setTransform(scale, 0, 0, scale, 0, -top * scale);
    context.clearRect(0, top, width, height);
    context.textBaseline = "middle";
    const colours = new Map<string, string>();
    const fill = (name: string): string => {
      const known = colours.get(name) ?? colour(name);
      colours.set(name, known);
      return known;
    };
    for (let at = layout.stripAt(top); at < layout.strips.length; at++) {
      const strip = layout.strips[at] as Strip;
      if (strip.top > top + height) break;
      this.#label(context, strip, width, fill);
      if (strip.mapping !== undefined) this.#squares(context, strip, top, height, fill);
    }
    if (this.#at < 0) return;
    for (const one of pages.sharers(this.#at)) {
      const { x, y } = layout.placeOf(one);
      if (y < top - CELL || y > top + height) continue;
      context.strokeStyle = fill(one === this.#at ? "--ink" : "--alarm");
      context.lineWidth = 2;
      context.strokeRect(x - 1, y - 1, SQUARE + 2, SQUARE + 2);
    }
  }

  #label(
    context: CanvasRenderingContext2D,
    strip: Strip,
    width: number,
    fill: (name: string) => string,
  ): void {
    const pages = this.#pages as MomentPages;
    const { mapping, top } = strip;
    if (mapping === undefined) {
      context.font = "600 14px system-ui, sans-serif";
      context.fillStyle = fill("--ink");
      context.fillText(shortened(context, pages.moment.spaces[strip.space]?.name ?? "", width), 0, top + 18);
      return;
    }
    context.font = "12px ui-monospace, monospace";
    context.fillStyle = fill("--dim");
    const room = this.#layout?.beside ? strip.left - 10 : width;
    const text = `${(mapping.start * 4096).toString(16)} ${mapping.permissions} ${mapping.path}`;
    context.fillText(shortened(context, text, room), 0, top + 8);
  }

  #squares(
    context: CanvasRenderingContext2D,
    { mapping, left, squaresTop }: Strip,
    top: number,
    height: number,
    fill: (name: string) => string,
  ): void {
    const pages = this.#pages as MomentPages;
    const columns = this.#layout?.columns ?? 1;
    if (mapping === undefined) return;
    const firstRow = Math.max(0, Math.floor((top - squaresTop) / CELL));
    const last = Math.min(mapping.pages, (Math.floor((top + height - squaresTop) / CELL) + 1) * columns);
    let now = "";
    for (let index = firstRow * columns; index < last; index++) {
      const page = mapping.first + index;
      const name = pageColour(pages.kind(page), pages.mapped(page));
      if (name !== now) context.fillStyle = fill(name);
      now = name;
      const [x, y] = [left + (index % columns) * CELL, squaresTop + Math.floor(index / columns) * CELL];
      context.fillRect(x, y, SQUARE, SQUARE);
      // Hollow: nobody has written there.
      if (pages.kind(page) === PAGE_ZERO) context.clearRect(x + 1, y + 1, SQUARE - 2, SQUARE - 2);
    }
  }
}

/** A text without its middle, where it is too long: a path's end says most. */
function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  const letter = context.measureText("m").width;
  const letters = Math.floor(room / letter);
  if (text.length <= letters) return text;
  const head = Math.min(24, Math.floor(letters / 2));
  return `${text.slice(0, head)}…${text.slice(text.length - (letters - head - 1))}`;
}
