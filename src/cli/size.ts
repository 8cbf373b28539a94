/** Sizes and lists of numbers as the command line takes them. */
import { UsageError } from "../errors.js";
import { shown } from "../text/words.js";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes of a size such as `64M`, `1.5G`, `4096` or `0`. Throws UsageError, which names the option. */
export function parseSize(option: string, value: unknown): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(String(value));
  const unit = UNITS[match?.[2]?.toLowerCase() ?? "?"];
  const bytes = match && unit !== undefined ? Math.round(Number(match[1]) * unit) : Number.NaN;
  if (Number.isFinite(bytes)) return bytes;
  throw new UsageError(
    `${option} must be a size, not "${shown(String(value))}"`,
    "write bytes, or a number with K, M or G: 256M",
  );
}

/** A whole number of an option within bounds. Throws UsageError, which names the option. */
export function parseInteger(
  option: string,
  value: unknown,
  low: number,
  high: number,
  hint?: string,
): number {
  const text = String(value).trim();
  const number = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : Number.NaN;
  if (number >= low && number <= high) return number;
  throw new UsageError(
    `${option} must be a whole number from ${low} to ${high}, not "${shown(String(value))}"`,
    hint,
  );
}

/** A time in seconds such as `20` or `0.5`, above 0 and up to a day. Throws UsageError, which names the option. */
export function parseSeconds(option: string, value: unknown): number {
  const text = String(value);
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds > 0 && seconds <= 86_400) return seconds;
  throw new UsageError(`${option} must be a time in seconds, above 0 and up to a day, not "${shown(text)}"`);
}

/** Numbers of a list such as `1,2,4`. Throws UsageError, which names the option. */
export function parseList(option: string, value: unknown, low: number, high: number): number[] {
  return String(value)
    .split(",")
    .map((item) => parseInteger(option, item, low, high, "write numbers with commas between them: 1,2,4"));
}
