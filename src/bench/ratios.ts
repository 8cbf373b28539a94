/**
 * Figures that compare rows of one run. Each is the median over all turns of the ratio of that turn's two
 * measurements. The two run one right after the other, so a slow spell of the machine affects both. The median drops
 * the turns in which a slow spell began.
 */
import { type BenchEngine, type BenchRow, median } from "./result.js";

const PEERS: readonly BenchEngine[] = ["native-c", "linux", "model"];

/**
 * `ROW[-CPUS]:wasm/PEER`: the engine's rate divided by the peer's, on the same number of CPUs. `ROW[-CPUS]:variant/wasm`:
 * the variant's rate divided by that of the engine as it is. `ROW:N/1`: the rate of
 * N CPUs divided by that of one. `…:of-calibrate`: the same, divided by what the machine itself gave in that turn
 * (`calibrate`).
 */
export function ratiosOf(rows: readonly BenchRow[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  const find = (name: string, engine: BenchEngine, cpus: number) =>
    rows.find((row) => row.name === name && row.engine === engine && row.cpus === cpus);
  for (const row of rows) {
    const { name, engine, cpus } = row;
    if (engine !== "wasm") continue;
    const variant = find(name, "variant", cpus);
    if (variant)
      ratios[`${name}${cpus > 1 ? `-${cpus}` : ""}:variant/wasm`] = median(turns(variant.rates, row.rates));
    for (const peer of PEERS) {
      const other = find(name, peer, cpus);
      if (other)
        ratios[`${name}${cpus > 1 ? `-${cpus}` : ""}:wasm/${peer}`] = median(turns(row.rates, other.rates));
    }
  }
  for (const row of rows) {
    const { name, engine, cpus, machineScaling } = row;
    const one = cpus > 1 ? find(name, engine, 1) : undefined;
    if (!one) continue;
    const scaling = turns(row.rates, one.rates);
    const label = `${engine === "wasm" ? name : `${name}:${engine}`}:${cpus}/1`;
    ratios[label] = median(scaling);
    if (machineScaling) ratios[`${label}:of-calibrate`] = median(turns(scaling, machineScaling));
  }
  for (const engine of ["wasm", "native-c"] as const) {
    const few = find("rmap-walk-unrelated-10", engine, 1);
    const many = find("rmap-walk-unrelated-10000", engine, 1);
    if (few && many)
      ratios[`rmap-walk-unrelated:${engine === "wasm" ? "" : `${engine}:`}10000/10`] =
        many.nsPerOp / few.nsPerOp;
  }
  return ratios;
}

/** The ratios of `figures` to `others`, turn by turn, for the turns that both have. */
export function turns(figures: readonly number[], others: readonly number[]): number[] {
  return others.slice(0, figures.length).map((other, turn) => (figures[turn] as number) / other);
}
