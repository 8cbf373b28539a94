/**
 * Engines that misbehave: the stress build with some of its exports replaced, so that nothing needs to be compiled from
 * sources. What they do while they run follows from the seed that the row gives to its CPUs.
 */
import { readFileSync } from "node:fs";
import { LAYOUT_SECTION, Layout } from "../../dist/wasm/layout.js";
import { appendJsonSections, readJsonSection } from "../../dist/wasm/section.js";

/** The part of Binaryen that is used here. */
interface BinaryenModule {
  readonly loop: (label: string, body: number) => number;
  readonly br: (label: string) => number;
  readonly block: (label: string, children: number[]) => number;
  readonly drop: (value: number) => number;
  readonly unreachable: () => number;
  readonly i32: {
    const(value: number): number;
    atomic: unknown;
  };
  readonly i64: { const(value: bigint): number };
  readonly memory: {
    grow(pages: number): number;
    atomic: { wait32(at: number, expected: number, timeout: number): number };
  };
  addFunction(name: string, params: number, results: number, locals: number[], body: number): number;
  setStart(func: number): void;
  removeExport(name: string): void;
  addFunctionExport(internal: string, external: string): void;
  setFeatures(features: number): void;
  emitText(): string;
  emitBinary(): Uint8Array<ArrayBuffer>;
  dispose(): void;
}

interface Binaryen {
  readonly none: number;
  readonly i32: number;
  readonly Features: { readonly All: number };
  createType(types: number[]): number;
  readBinary(wasm: Uint8Array): BinaryenModule;
  parseText(text: string): BinaryenModule;
}

// Its types would come with a name of their own for everything.
const { default: binaryen } = (await import("assemblyscript/binaryen" as string)) as { default: Binaryen };

const WASM = readFileSync(new URL("../../dist/engine.stress.wasm", import.meta.url));
const LAYOUT = Layout.of(new WebAssembly.Module(WASM));

/** What a body of a function never comes back from, or fails with. */
const BODIES = {
  loop: (module: BinaryenModule) => module.loop("for ever", module.br("for ever")),
  grow: (module: BinaryenModule) =>
    module.loop(
      "for ever",
      module.block("", [module.drop(module.memory.grow(module.i32.const(1))), module.br("for ever")]),
    ),
  wait: (module: BinaryenModule) =>
    module.drop(module.memory.atomic.wait32(module.i32.const(0), module.i32.const(0), module.i64.const(-1n))),
  trap: (module: BinaryenModule) => module.unreachable(),
} as const;

/** The kind of a body. */
export type Body = keyof typeof BODIES;

/** The stress build with a start function of such a body. */
export function withStart(body: Body): Uint8Array<ArrayBuffer> {
  return edited((module) => {
    module.setStart(module.addFunction("hostile", binaryen.none, binaryen.none, [], BODIES[body](module)));
  });
}

/** The stress build with another body for an export without parameters, or with one. */
export function withExport(name: string, params: 0 | 1, hasResult: boolean, body: Body) {
  return edited((module) => {
    const types = binaryen.createType(Array.from({ length: params }, () => binaryen.i32));
    const result = hasResult ? binaryen.i32 : binaryen.none;
    const last = hasResult && body === "wait" ? [module.i32.const(0)] : [];
    const code = module.block("", [BODIES[body](module), ...last]);
    module.addFunction("hostile", types, result, [], code);
    module.removeExport(name);
    module.addFunctionExport("hostile", name);
  });
}

function edited(edit: (module: BinaryenModule) => void): Uint8Array<ArrayBuffer> {
  const module = binaryen.readBinary(WASM);
  try {
    module.setFeatures(binaryen.Features.All);
    edit(module);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** What the scribbling CPUs overwrite, by number. */
const REGIONS = ["one control word", "control words", "CPU blocks", "rings and tables", "anything"];

/** The region that the row's seed chooses. */
export function regionOf(seed: number): string {
  return REGIONS[((stateOf(seed) >>> 4) & 0x7fffffff) % REGIONS.length] as string;
}

/** The state that a row gives to the random numbers of CPU 0; see `src/stress/row.ts`. */
function stateOf(seed: number): number {
  return ((Math.imul(seed + 1, 0x9e3779b1) ^ 0x85ebca6b) >>> 0) | 1;
}

/** The stress build whose CPUs work off what they have, then overwrite words at random, and go on. */
export function scribbling(): Uint8Array<ArrayBuffer> {
  const original = binaryen.readBinary(WASM);
  const text = original.emitText();
  original.dispose();
  const ctl = LAYOUT.constant("CTL");
  const field = (name: string) => ctl + LAYOUT.struct("Ctl").offset(name);
  const random =
    "(local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))" +
    "(local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))" +
    "(local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))";
  const region = (number: number, base: string, end: string, words: number) =>
    `(if (i32.eq (local.get $mode) (i32.const ${number})) (then
       (local.set $base ${base}) (local.set $span (i32.sub ${end} ${base})) (local.set $n (i32.const ${words}))))`;
  const load = (name: string) => `(i32.load (i32.const ${field(name)}))`;
  const seedAt = `(i32.add ${load("cpuBase")} (i32.const ${LAYOUT.struct("Cpu").offset("delaySeed")}))`;
  const controlEnd = ctl + LAYOUT.struct("Ctl").size;
  const hostile = `
  (func $hostile (result i32)
    (local $x i32) (local $mode i32) (local $base i32) (local $span i32) (local $n i32)
    (loop $armed (br_if $armed (i32.eqz (local.tee $x (i32.atomic.load ${seedAt})))))
    (local.set $mode (i32.rem_u (i32.shr_u (local.get $x) (i32.const 4)) (i32.const ${REGIONS.length})))
    (drop (call $runQueue))
    ${region(0, `(i32.const ${ctl})`, `(i32.const ${controlEnd})`, 1)}
    ${region(1, `(i32.const ${ctl})`, `(i32.const ${controlEnd})`, 8)}
    ${region(2, load("cpuBase"), load("spaceBase"), 1024)}
    ${region(3, load("spaceBase"), load("pageBase"), 64)}
    ${region(4, `(i32.const ${ctl})`, "(i32.shl (memory.size) (i32.const 16))", 4096)}
    (loop $more
      ${random}
      (i32.store
        (i32.and (i32.const -4)
          (i32.add (local.get $base) (i32.rem_u (i32.shr_u (local.get $x) (i32.const 3)) (local.get $span))))
        (block $value (result i32)
          ${random}
          (drop (br_if $value (i32.const 0) (i32.eqz (i32.and (local.get $x) (i32.const 3)))))
          (drop (br_if $value (i32.const -1) (i32.eq (i32.and (local.get $x) (i32.const 3)) (i32.const 1))))
          (local.get $x)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $cpuRun))
)`;
  const named = (name: string) =>
    new RegExp(`\\(export "${name}" \\(func (\\$\\S+?)\\)\\)`).exec(text)?.[1] ?? "";
  const [cpuRun, runQueue] = [named("cpuRun"), named("runQueue")];
  const body = hostile.replace("$cpuRun", cpuRun).replace("$runQueue", runQueue);
  const changed = text
    .replace(`(export "cpuRun" (func ${cpuRun}))`, '(export "cpuRun" (func $hostile))')
    .replace(/\)\s*$/, () => body);
  const module = binaryen.parseText(changed);
  try {
    module.setFeatures(binaryen.Features.All);
    // Text has no custom sections.
    const layout = readJsonSection(new WebAssembly.Module(WASM), LAYOUT_SECTION);
    return new Uint8Array(appendJsonSections(module.emitBinary(), { [LAYOUT_SECTION]: layout }));
  } finally {
    module.dispose();
  }
}
