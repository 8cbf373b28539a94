/** Figures that compare rows of one run. */
import type { BenchEngine, BenchRow } from "./result.js";

const PEERS: readonly BenchEngine[] = ["native-c", "linux", "model"];

/**
 * `ROW[-CPUS]:wasm/PEER`: how many times the peer's rate the engine reaches on as many CPUs. `ROW:N/1`: how much faster
 * N CPUs are than one, and `…:of-calibrate`: that, as a share of what the machine itself gives (`calibrate`).
 */
export function ratiosOf(rows: readonly BenchRow[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  const find = (name: string, engine: BenchEngine, cpus: number) =>
    rows.find((row) => row.name === name && row.engine === engine && row.cpus === cpus);
  for (const { name, engine, cpus, opsPerSecond } of rows) {
    if (engine !== "wasm") continue;
    for (const peer of PEERS) {
      const other = find(name, peer, cpus);
      if (other)
        ratios[`${name}${cpus > 1 ? `-${cpus}` : ""}:wasm/${peer}`] = opsPerSecond / other.opsPerSecond;
    }
  }
  for (const { name, engine, cpus, opsPerSecond } of rows) {
    const one = cpus > 1 ? find(name, engine, 1) : undefined;
    if (!one) continue;
    const scaling = opsPerSecond / one.opsPerSecond;
    const label = engine === "wasm" ? name : `${name}:${engine}`;
    ratios[`${label}:${cpus}/1`] = scaling;
    const machine = find("calibrate", "wasm", cpus);
    const machineOne = find("calibrate", "wasm", 1);
    if (name !== "calibrate" && machine && machineOne)
      ratios[`${label}:${cpus}/1:of-calibrate`] = scaling / (machine.opsPerSecond / machineOne.opsPerSecond);
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
