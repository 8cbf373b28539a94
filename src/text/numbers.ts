/** Formats numbers for people. */

/** 1234567 as `1,234,567`. (`toLocaleString` loads tables first, which takes a tenth of a small replay.) */
export function count(value: number): string {
  return value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** A count with its noun: `1 page`, `2 pages`; `many` is the plural of a noun that takes more than an s. */
export function plural(value: number, noun: string, many = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : many}`;
}

/** Bytes with a binary unit: `512 B`, `64.0 MiB`. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? scaled : scaled.toFixed(1)} ${units[unit]}`;
}

/** A size in the form of options, in whole units, rounded up: `4K`, `512M`, `4G`. */
export function sizeOption(value: number): string {
  const units = ["K", "M", "G"];
  let scaled = Math.ceil(value / 1024);
  let unit = 0;
  // Use gibibytes only for exact values, because rounding up would add a lot.
  while (unit < units.length - 1 && scaled >= 1024 && (unit === 0 || scaled % 1024 === 0)) {
    scaled = Math.ceil(scaled / 1024);
    unit++;
  }
  return `${scaled}${units[unit]}`;
}

/** A part of a whole with two digits, never rounded up to 100 %: `99.99 %`. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "-";
  if (part === whole) return "100 %";
  return `${(Math.floor((10_000 * part) / whole) / 100).toFixed(2)} %`;
}

/** Seconds with a suitable unit: `850 ms`, `12.3 s`. */
export function duration(seconds: number): string {
  if (seconds < 0.0995) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 1) return `${(seconds * 1000).toFixed(0)} ms`;
  return `${seconds.toFixed(seconds < 100 ? 1 : 0)} s`;
}

/** A rate with three digits and a unit: `1.23 M/s`. */
export function rate(perSecond: number): string {
  return `${short(perSecond)}/s`;
}

/** A number with three digits and a unit: `999`, `1.23 k`, `45.6 M`. */
export function short(value: number): string {
  const units = ["", " k", " M", " G"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return scaled.toFixed(digits) + units[unit];
}

/** Prints an address the way `/proc/PID/maps` does, with a prefix. */
export function formatAddress(address: number): string {
  return `0x${address.toString(16)}`;
}
