/** What a strategy sees of a modelled machine. */

import type { Access } from "./access.js";
import type { Machine } from "./machine.js";
import type { Scene } from "./strategy/strategy.js";

export class MachineScene implements Scene {
  readonly cpus: number;
  readonly #machine: Machine;
  /** By CPU: where it counts the operations that it has done. */
  readonly #index: readonly number[];
  /** By CPU: how many records it had done before the execution. */
  first: readonly number[];

  constructor(machine: Machine) {
    this.#machine = machine;
    this.cpus = machine.cpus;
    this.first = machine.fibers.map(() => 0);
    const index = machine.layout.struct("Cpu").offset("index");
    this.#index = machine.fibers.map(({ cpu }) => machine.control.cpuBase(cpu) + index);
  }

  /** The setup is through: what the CPUs do from here on counts. */
  begin(): void {
    this.first = this.#index.map((at) => this.#machine.view.u32(at));
  }

  pending(cpu: number): Access | undefined {
    const fiber = this.#machine.fibers[cpu];
    return fiber === undefined || fiber.state === "done" ? undefined : fiber.access;
  }

  operation(cpu: number): number {
    return this.#machine.view.u32(this.#index[cpu] as number) - (this.first[cpu] as number);
  }

  get plain(): readonly number[] {
    return this.#machine.plain;
  }

  looks(cpu: number): boolean {
    const access = this.pending(cpu);
    return access !== undefined && this.#machine.model.looks(cpu, access);
  }

  held(cpu: number): number {
    return this.#machine.view.u32(this.pending(cpu)?.at ?? 0);
  }
}
