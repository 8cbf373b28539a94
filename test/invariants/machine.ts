/** An engine whose memory a test damages by hand, and what the checks say to that. */
import { coreOf } from "../../dist/engine/engine.js";
import { Engine, EngineCrashError } from "../../dist/index.js";
import { type Finding, findingOf } from "../../dist/stress/finding.js";

/** Where the tests' processes have their memory. */
export const BASE = 0x1000_0000_0000;
export const PAGE = 4096;

/** A checked engine without worker CPUs: every operation runs here, at once. */
export class Machine {
  readonly engine: Engine;

  private constructor(engine: Engine) {
    this.engine = engine;
  }

  static async create(options: { cpus?: number } = {}): Promise<Machine> {
    const sizes = { memory: 256 * PAGE, metadata: 4 * 2 ** 20, spaces: 8, files: 4, queueRecords: 64 };
    return new Machine(await Engine.create({ ...sizes, ...options, checked: true }));
  }

  /** Runs an operation by its name; its result. */
  run(
    name: string,
    space: number,
    fields: { a?: number; b?: number; c?: number; aux?: number } = {},
  ): number {
    return this.engine.execute({ op: this.code(`OP_${name}`), space, ...fields }).result;
  }

  /** Maps pages of a process, `protection` as in mmap. */
  map(space: number, page: number, pages: number): void {
    this.engine.execute(coreOf(this.engine).encoder.mmap(space, pages * PAGE, { at: BASE + page * PAGE }));
  }

  write(space: number, page: number, value = 1n): void {
    this.engine.execute(coreOf(this.engine).encoder.write(space, BASE + page * PAGE, value));
  }

  code(name: string): number {
    return this.engine.layout.constant(name);
  }

  /** What running something finds: the finding, or undefined when it ends well. */
  finds(run: () => unknown): Finding | undefined {
    try {
      run();
      return undefined;
    } catch (error) {
      if (!(error instanceof EngineCrashError)) throw error;
      return findingOf(coreOf(this.engine).machine.control);
    }
  }

  /** Address of the VMA number `index` of a process. */
  vma(space: number, index: number): number {
    let at = this.get("Mm", this.mm(space), "first");
    for (let left = index; left > 0; left--) at = this.get("Vma", at, "next");
    return at;
  }

  mm(space: number): number {
    const { control } = coreOf(this.engine).machine;
    return control.view.u32(control.get("spaceBase") + space * 4);
  }

  /** Addresses of the links of a VMA, newest first. */
  chain(vma: number): number[] {
    const links: number[] = [];
    for (let at = this.get("Vma", vma, "avcFirst"); at !== 0; at = this.get("AnonVmaChain", at, "next"))
      links.push(at);
    return links;
  }

  /** Address of the page that an entry of a process points to, and of the entry. */
  entry(space: number, page: number): { readonly page: number; readonly at: number } {
    const { control } = coreOf(this.engine).machine;
    const address = BigInt(BASE + page * PAGE);
    let table = BigInt(this.get("Mm", this.mm(space), "pgd"));
    for (let level = 3n; ; level--) {
      const at = Number((table & 0xffff_f000n) + ((address >> (12n + 9n * level)) & 511n) * 8n);
      const entry = control.view.u64(at);
      if (level === 0n) return { page: Number(entry >> 32n), at };
      table = entry & 0xffff_f000n;
    }
  }

  get(struct: string, at: number, field: string): number {
    const { view, layout } = coreOf(this.engine).machine.control;
    return view.u32(at + layout.struct(struct).offset(field));
  }

  set(struct: string, at: number, field: string, value: number): void {
    const { view, layout } = coreOf(this.engine).machine.control;
    view.setU32(at + layout.struct(struct).offset(field), value);
  }

  /** The shadow words of an anon_vma: its life, and who changes its tree without the lock. */
  shadow(anonVma: number): { life: number; changer: number } {
    const { control } = coreOf(this.engine).machine;
    const struct = control.layout.struct("SlabCache");
    const cache = control.get("slabBase") + this.code("SLAB_ANON_VMA") * struct.size;
    const end = anonVma + control.view.u32(cache + struct.offset("size"));
    return { life: end + 8, changer: end + 12 };
  }

  dispose(): Promise<void> {
    return this.engine.dispose();
  }
}
