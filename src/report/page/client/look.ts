/** The colours of the page, as its style has them now: light or dark. */

/** The names of colours for series, in the order in which they are given out. */
const SERIES = ["--a", "--b", "--c", "--d", "--f", "--g", "--h", "--e"];

/** The value of a variable of the style. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The variable of the `at`-th series. */
export function seriesColour(at: number): string {
  return SERIES[at % SERIES.length] as string;
}

/** Calls a function when the page becomes dark or light. */
export function onScheme(change: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
}

/** The element with an id. Throws when the page lacks it. */
export function element<E extends HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found as E;
}

/** A new element with text. */
export function made<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text = "",
  style = "",
): HTMLElementTagNameMap[Name] {
  const one = document.createElement(name);
  one.textContent = text;
  if (style !== "") one.className = style;
  return one;
}

/** A count with separators. */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** Pages as bytes with a unit. */
export function size(pages: number): string {
  const kib = pages * 4;
  if (kib < 1024) return `${count(kib)} KiB`;
  const mib = kib / 1024;
  return mib < 1024 ? `${mib.toFixed(1)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

/** Seconds with a unit that suits the whole length; `step` is the distance to the next one, where it is one of a row. */
export function time(seconds: number, whole: number, step?: number): string {
  const [scale, unit] = whole < 0.01 ? [1e6, "µs"] : whole < 10 ? [1000, "ms"] : [1, "s"];
  const finest = (step ?? whole / 5000) * scale;
  let digits = Math.max(0, Math.min(3, Math.ceil(-Math.log10(finest) - 1e-9)));
  // A step such as 2.5 needs one more.
  if (step !== undefined && digits < 3 && !isWhole(finest * 10 ** digits)) digits++;
  return `${(seconds * scale).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6;
}
