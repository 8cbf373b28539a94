/** What the engine says when an invariant breaks, in sentences. */
import { EngineCrashError } from "../errors.js";
import type { Control } from "./control.js";
import { describeRecord } from "./ring.js";

/** Prints an address or a value. */
const hex = (value: number) => `0x${value.toString(16)}`;

/** Name of a lock class, as the layout has it. */
function lockName(control: Control, lock: number): string {
  const name = control.layout.nameOf("LOCK_", lock);
  return name ? name.toLowerCase().replaceAll("_", " ") : `class ${lock}`;
}

type Sentence = (a: readonly [number, number, number, number], control: Control) => string;

/**
 * One sentence a panic code, by the code's name. Arguments are those that the engine records. Numbers I1 to I14
 * are the invariants of the reverse map.
 */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  TRAP: () => "the engine trapped (an access out of bounds, or code that cannot be reached)",
  LOCK_ORDER: ([lock, held], control) =>
    `the ${lockName(control, lock)} lock was taken while the ${lockName(control, held)} lock was held, against the lock order`,
  LOCK_BALANCE: ([lock], control) =>
    `a ${lockName(control, lock)} lock was released that this CPU does not hold`,
  LOCK_LEAK: ([lock], control) => `an operation ended and still holds a ${lockName(control, lock)} lock`,
  DOUBLE_FREE: ([object]) => `the object at ${hex(object)} was freed twice`,
  USE_AFTER_FREE: ([object]) => `the object at ${hex(object)} was used after it was freed`,
  REFCOUNT: ([object, count]) => `the reference count of the object at ${hex(object)} is wrong: ${count | 0}`,
  MAPCOUNT: ([page, count, entries]) =>
    `the page at ${hex(page)} counts ${count | 0} mappings, but ${entries | 0} page table entries map it`,
  BAD_PAGE: ([page, flags]) =>
    `the page at ${hex(page)} is in a state that it cannot be in here (flags ${hex(flags)})`,
  BAD_PTE: ([low, high]) =>
    `a page table entry has an impossible value: high word ${hex(high)}, low word ${hex(low)}`,
  BAD_VMA: ([vma]) =>
    `the mapping at ${hex(vma)} breaks the rules of its address space (order, overlap or bounds)`,
  TREE: ([root, node]) => `the tree with root ${hex(root)} is out of order at node ${hex(node)}`,
  LRU: ([lruvec, list]) => `LRU list ${list} of the set at ${hex(lruvec)} does not match its count`,
  I1: ([page]) => `I1: an anonymous page that is mapped has no live anon_vma (page ${hex(page)})`,
  I2: ([vma]) => `I2: a mapping that holds anonymous pages has no anon_vma (mapping ${hex(vma)})`,
  I3: ([vma, anonVma]) =>
    `I3: a mapping that maps a page is not linked to the page's anon_vma, so a walk cannot find it (mapping ${hex(vma)}, anon_vma ${hex(anonVma)})`,
  I4: ([chain]) => `I4: a chain link is on one of its two lists only (link ${hex(chain)})`,
  I5: ([anonVma, root]) =>
    `I5: an anon_vma has another root than its tree (anon_vma ${hex(anonVma)}, root ${hex(root)})`,
  I6: ([anonVma]) => `I6: an anon_vma was freed while it was still in use (anon_vma ${hex(anonVma)})`,
  I7: ([anonVma, count]) =>
    `I7: the reference count of an anon_vma does not match its users (anon_vma ${hex(anonVma)}, count ${count | 0})`,
  I8: ([anonVma, count]) =>
    `I8: the counters of an anon_vma do not match its tree (anon_vma ${hex(anonVma)}, count ${count | 0})`,
  I9: ([tree, node]) =>
    `I9: an interval tree is keyed by page offsets that its mapping no longer has (tree ${hex(tree)}, node ${hex(node)})`,
  I10: ([page, mapcount, entries]) =>
    `I10: a page's mapcount is not the number of page table entries that map it (page ${hex(page)}, mapcount ${mapcount | 0}, entries ${entries | 0})`,
  I11: ([page, references]) =>
    `I11: a page has fewer references than mappings and other users (page ${hex(page)}, references ${references | 0})`,
  I13: ([page]) =>
    `I13: a page that is marked exclusive is mapped more than once, or writable without being exclusive (page ${hex(page)})`,
  I14: ([page]) => `I14: a freed page is still mapped or still in a TLB (page ${hex(page)})`,
};

/** Says a panic code in words; a code without a sentence still gives its name and arguments. */
export function panicSentence(control: Control): string {
  const code = control.get("panicCode");
  const name = control.layout.nameOf("PANIC_", code);
  const args = ["panicArg0", "panicArg1", "panicArg2", "panicArg3"].map((field) => control.get(field));
  const [a = 0, b = 0, c = 0, d = 0] = args;
  const sentence = name === undefined ? undefined : SENTENCES[name];
  if (sentence) return sentence([a, b, c, d], control);
  return `panic ${name ?? code} (${args.map(hex).join(", ")})`;
}

/** What a CPU was doing: the operation that it executes, or that it is idle. */
export function describePosition(control: Control, cpu: number): string {
  const { view, layout } = control;
  const struct = layout.struct("Cpu");
  const base = control.cpuBase(cpu);
  const done = view.load(base + struct.offset("done"));
  const tail = view.load(base + struct.offset("tail"));
  const current = view.u32(base + struct.offset("current"));
  if (done === tail) return `idle after ${done} operations`;
  const what = current === 0 ? "between two operations" : `in ${describeRecord(view, layout, current)}`;
  return `${(tail - done) >>> 0} operations left, ${what}`;
}

/**
 * The error for a stopped engine: which CPU, which operation, what broke. `trap` is the message of the
 * WebAssembly trap, when that is all there is.
 */
export function crashError(control: Control, trap = ""): EngineCrashError {
  const cpu = control.get("panicCpu");
  const record = control.get("panicRecord") || currentRecord(control, cpu);
  const parts = [`CPU ${cpu === control.cpus ? "host" : cpu}: ${panicSentence(control)}`];
  if (trap && control.layout.nameOf("PANIC_", control.get("panicCode")) === "TRAP") parts.push(trap);
  if (record !== 0) parts.push(`while executing ${describeRecord(control.view, control.layout, record)}`);
  const held = control.get("panicHeld");
  if (held > 0) parts.push(`with ${held} ${held === 1 ? "lock" : "locks"} held`);
  return new EngineCrashError(
    parts.join("; "),
    "the engine is stopped; run the same with the checked build for an earlier report",
  );
}

function currentRecord(control: Control, cpu: number): number {
  if (cpu > control.cpus) return 0;
  return control.view.u32(control.cpuBase(cpu) + control.layout.struct("Cpu").offset("current"));
}
