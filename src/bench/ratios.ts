/**
 * Figures that compare rows of one run. Each is the median over the turns of what that turn's two measurements were to each
 * other: they stand side by side in time, so that a slow spell of the machine meets both, and the median drops the turns in
 * which one began.
 */
import { type BenchEngine, type BenchRow, median } from "./result.js";

const PEERS: readonly BenchEngine[] = ["native-c", "linux", "model"];

/**
 * `ROW[-CPUS]:wasm/PEER`: how many times the peer's rate the engine reaches on as many CPUs. `ROW:N/1`: how much faster
 * N CPUs are than one, and `…:of-calibrate`: that, as a share of what the machine itself gave in the same turn
 * (`calibrate`).
 */
export function ratiosOf(rows: readonly BenchRow[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  const find = (name: string, engine: BenchEngine, cpus: number) =>
    rows.find((row) => row.name === name && row.engine === engine && row.cpus === cpus);
  for (const row of rows) {
    const { name, engine, cpus } = row;
    if (engine !== "wasm") continue;
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

/** How many times the figures of `others` some figures reached, turn by turn, as far as both have turns. */
export function turns(figures: readonly number[], others: readonly number[]): number[] {
  return others.slice(0, figures.length).map((other, turn) => (figures[turn] as number) / other);
}
