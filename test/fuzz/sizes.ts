/** Options of an input's command line, as the direct runner needs them. */
const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Value of `--name`, or undefined. */
function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? undefined : args[at + 1];
}

/** Bytes of the sizes that the generators draw: digits and K, M or G. */
function bytesOf(size: string): number {
  const unit = UNITS[size.slice(-1)];
  return unit === undefined ? Number(size) : Number(size.slice(0, -1)) * unit;
}

/** `--memory` and `--swap` in bytes, as the command takes them. */
export function memoryOf(
  args: readonly string[],
  usual: number,
): { memory: number; swap: number; limited: boolean } {
  const memory = option(args, "memory");
  const swap = option(args, "swap");
  const limited = memory !== undefined;
  return {
    memory: limited ? bytesOf(memory) : usual,
    swap: swap !== undefined ? bytesOf(swap) : limited ? 512 * 2 ** 20 : 0,
    limited,
  };
}
