/** The engine's counters, summed over all CPUs. */
import type { Control } from "../cpu/control.js";

/**
 * Sums, by name without the prefix `stat` (`faults`, `faultCow`, …). Which counters there are depends on the build;
 * those of the fault path and the allocators are in every one. Exact at a quiescent point.
 */
export type Stats = Readonly<Record<string, number>>;

/** Reads and sums the counters of all CPUs, the host's own included. */
export function readStats(control: Control): Stats {
  const { view, layout } = control;
  const struct = layout.struct("Cpu");
  const sums: Record<string, number> = {};
  for (const field of struct.fieldsWith("stat")) {
    const offset = struct.offset(field);
    const type = struct.type(field);
    let sum = 0n;
    for (let cpu = 0; cpu <= control.cpus; cpu++) {
      const at = control.cpuBase(cpu) + offset;
      sum += type.endsWith("64") ? view.u64(at) : BigInt(view.u32(at));
    }
    // A counter may go down on one CPU and up on another: only the sum has a meaning, modulo its width.
    const bits = type.endsWith("64") ? 64 : 32;
    sums[counterName(field)] = Number(
      type.startsWith("i") ? BigInt.asIntN(bits, sum) : BigInt.asUintN(64, sum),
    );
  }
  return sums;
}

/** Sum of a counter that goes up and down by small steps, without the cost of reading all. A name as in the layout. */
export function sumCounter(control: Control, field: string): number {
  const offset = control.layout.struct("Cpu").offset(field);
  let sum = 0;
  for (let cpu = 0; cpu <= control.cpus; cpu++) {
    // One CPU's part may be negative: only the low words are added, and the sum is small.
    sum = (sum + control.view.u32(control.cpuBase(cpu) + offset)) | 0;
  }
  return sum;
}

/** One CPU's part of a 64-bit counter that only goes up. A name as in the layout. */
export function cpuCounter(control: Control, cpu: number, field: string): number {
  return control.view.number(control.cpuBase(cpu) + control.layout.struct("Cpu").offset(field));
}

/** Value of a counter, 0 when this build does not have it. */
export function counter(stats: Stats, name: string): number {
  return Object.hasOwn(stats, name) ? (stats[name] ?? 0) : 0;
}

function counterName(field: string): string {
  const name = field.slice("stat".length);
  return name.charAt(0).toLowerCase() + name.slice(1);
}
