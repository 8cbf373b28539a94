/** Sizes and lists of numbers as the command line takes them. */
import { UsageError } from "../errors.js";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes of a size such as `64M`, `1.5G`, `4096` or `0`. Throws UsageError naming the option. */
export function parseSize(option: string, value: unknown): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(String(value));
  const unit = UNITS[match?.[2]?.toLowerCase() ?? "?"];
  const bytes = match && unit !== undefined ? Math.round(Number(match[1]) * unit) : Number.NaN;
  if (Number.isFinite(bytes)) return bytes;
  throw new UsageError(
    `${option} is a size, not "${value}"`,
    "write bytes, or K, M or G behind the number: 256M",
  );
}

/** A whole number of an option within bounds. Throws UsageError naming the option. */
export function parseInteger(option: string, value: unknown, low: number, high: number): number {
  const number = typeof value === "number" ? value : Number(String(value).trim() || Number.NaN);
  if (Number.isInteger(number) && number >= low && number <= high) return number;
  throw new UsageError(`${option} is a whole number from ${low} to ${high}, not "${value}"`);
}

/** Numbers of a list such as `1,2,4`. Throws UsageError naming the option. */
export function parseList(option: string, value: unknown, low: number, high: number): number[] {
  return String(value)
    .split(",")
    .map((item) => parseInteger(option, item, low, high));
}
