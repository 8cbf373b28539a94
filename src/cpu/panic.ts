/** The engine's panics in sentences. */
import { EngineCrashError } from "../errors.js";
import { describeRecord } from "../record/record.js";
import type { Control } from "./control.js";

/** Prints an address or a value. */
const hex = (value: number) => `0x${value.toString(16)}`;

/**
 * Arguments that a panic records: mostly addresses of structures, then counts; 0 for an argument that it does not
 * use.
 */
type PanicArguments = readonly [number, number, number, number];
type Sentence = (args: PanicArguments, control: Control) => string;

/** A sentence that ends with the recorded arguments. Their meaning differs from panic to panic. */
function plain(text: string): Sentence {
  return (args) => {
    const last = args.findLastIndex((value) => value !== 0);
    return last < 0
      ? text
      : `${text} (${args
          .slice(0, last + 1)
          .map(hex)
          .join(", ")})`;
  };
}

/** Name of a lock class in the layout. */
function lockName(control: Control, lock: number): string {
  const name = control.layout.nameOf("LOCK_", lock);
  return name ? `${name.toLowerCase().replaceAll("_", " ")} lock` : `lock of class ${lock}`;
}

/** One sentence for each panic code, by the code's name. I1 to I14 are the numbered invariants of the reverse map. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  TRAP: () => "the engine trapped (an access out of bounds, or code that cannot be reached)",
  LOCK_ORDER: ([at, lock, heldAt, held], control) =>
    at === heldAt
      ? `the ${lockName(control, lock)} at ${hex(at)} was taken twice`
      : `the ${lockName(control, lock)} at ${hex(at)} was taken while the ${lockName(control, held)} at ${hex(heldAt)} was held, against the lock order`,
  LOCK_BALANCE: ([at]) => `the lock at ${hex(at)} was released, but this CPU does not hold it`,
  LOCK_LEAK: ([at, lock], control) =>
    `an operation ended and still holds the ${lockName(control, lock)} at ${hex(at)}`,
  DOUBLE_FREE: plain("an object was freed twice"),
  USE_AFTER_FREE: plain("an object or a page was used after it was freed"),
  REFCOUNT: plain("a reference count does not match the users"),
  MAPCOUNT: plain("a page's mapcount is not the number of page table entries that map it"),
  BAD_PAGE: plain("a page is in a state that it cannot be in here"),
  BAD_PTE: plain("a page table entry has an impossible value"),
  BAD_VMA: plain("a mapping breaks the rules of its address space (order, overlap, bounds)"),
  TREE: plain("a tree is out of order, or does not hold what it should"),
  SWAP: ([a, b]) =>
    `the swap area does not add up: ${a} against ${b} (entries that name slots, or free slots)`,
  LRU: plain("an LRU list does not match its count, or a page on it is not marked as being on it"),
  CONTENT: ([low = 0, high = 0, wantedLow = 0, wantedHigh = 0]) => {
    const word = (a: number, b: number) => `0x${((BigInt(b) << 32n) | BigInt(a)).toString(16)}`;
    return `a read returned ${word(low, high)}, expected ${word(wantedLow, wantedHigh)}: a store was lost, or the read saw another process's store`;
  },
  SPUN: ([at]) =>
    `its thread may not block, and what it waited for at ${hex(at)} did not come: another CPU's thread has ended, or gets no core`,
  I1: plain("I1: an anon_vma's tree was changed or walked without its root's lock"),
  I2: plain("I2: a CPU saw an anon_vma before its constructor's stores"),
  I3: plain("I3: a CPU used memory as an anon_vma that no longer is one"),
  I4: plain("I4: a CPU released a lock that it had not acquired, or kept one when it left"),
  I5: plain(
    "I5: a mapped page's anon_vma is dead, or its tree does not hold every mapping that maps the page",
  ),
  I6: plain("I6: two mappings of one anon_vma have different sets of links"),
  I7: plain("I7: a mapping's links are not in order, newest first and the root last"),
  I8: plain("I8: a page was moved to an anon_vma that does not descend from its own"),
  I9: plain(
    "I9: a CPU used a pointer to an anon_vma as a pointer to a file, or a page is at another offset than in its file",
  ),
  I10: plain("I10: an anon_vma's counters do not match: mappings that use it, or children"),
  I11: plain("I11: a page without mappings still has a page table entry, or an entry has no page"),
  I12: plain("I12: a TLB holds a stale entry of a page that has a new owner"),
  I13: plain("I13: a page is writable for one address space while another one can see it"),
  I14: plain("I14: somebody holds a lock and will never release it"),
};

/** A panic code in words. A code without a sentence gives its name and arguments. */
export function panicSentence(control: Control): string {
  const code = control.get("panicCode");
  const name = control.layout.nameOf("PANIC_", code) ?? String(code);
  const args: PanicArguments = [
    control.get("panicArg0"),
    control.get("panicArg1"),
    control.get("panicArg2"),
    control.get("panicArg3"),
  ];
  const sentence = SENTENCES[name] ?? plain(`panic ${name}`);
  return sentence(args, control);
}

/** The state of a CPU: the operation that it executes, or that it is idle. */
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
 * The error for a stopped engine: which CPU, which operation, what broke. `trap` is the message of the WebAssembly
 * trap, if the engine recorded no panic.
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
    "the engine is stopped; run the same with the checked build, which reports errors earlier",
  );
}

function currentRecord(control: Control, cpu: number): number {
  if (cpu > control.cpus) return 0;
  return control.view.u32(control.cpuBase(cpu) + control.layout.struct("Cpu").offset("current"));
}

/** Other checks that also show a broken numbered invariant. */
const SHOWS: Readonly<Record<string, string>> = { LOCK_BALANCE: "I4", LOCK_LEAK: "I4", LOCKUP: "I14" };

/** What a panic shows: the numbered invariant where it is one of those, otherwise the name of its code. */
export function brokenInvariant(control: Control): { readonly invariant: string; readonly code: string } {
  const code = control.layout.nameOf("PANIC_", control.get("panicCode")) ?? "TRAP";
  // A CPU that takes a lock that it already holds would wait for itself.
  const twice = code === "LOCK_ORDER" && control.get("panicArg0") === control.get("panicArg2");
  return { invariant: twice ? "I14" : (SHOWS[code] ?? code), code };
}
