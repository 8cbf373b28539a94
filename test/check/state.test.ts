/** What two machines hold differently after two programs. */

import { expect, it } from "vitest";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { stateDifference } from "../../dist/check/state.js";
import { looksOf } from "../../dist/check/state-looks.js";
import { parseScript } from "../../dist/ops/script.js";
import { loadModule } from "../../dist/wasm/module.js";

const shape = { frames: 64, swap: 32 };
const module = await loadModule({ checked: true });
const machines = [new CheckedMachine(module, shape), new CheckedMachine(module, shape)] as const;

const BEGIN = "0 mmap 0 4 rw private anon\n0 write 0 5\n0 write 1 6\n";

/** Runs a script on a machine, behind what all of them begin with. */
function run(machine: CheckedMachine, text: string): void {
  machine.restore();
  for (const operation of parseScript(BEGIN + text, "made-up.ops")) machine.run(operation);
}

it.each<[one: string, other: string, field: string | undefined]>([
  ["", "", undefined],
  ["0 write 0 7\n", "0 write 0 8\n", "content"],
  ["0 touch 2 1 r\n", "0 touch 2 1 w\n", "page table entry"],
  ["0 mprotect 3 1 r\n", "0 madvise 3 1 dontfork\n", "Vma.flags"],
  ["0 munmap 3 1\n", "0 munmap 2 2\n", "Vma.end"],
  ["0 fork 1\n0 write 0 7\n0 write 1 8\n", "0 fork 1\n0 write 1 8\n0 write 0 7\n", "Lruvec.head0"],
  ["0 mlock 0 1\n0 munlock 0 1\n", "0 mlock 0 1\n0 munlock 0 1\n", undefined],
  ["0 madvise 0 4 mergeable\n0 write 1 5\nksm\n", "0 madvise 0 4 mergeable\n0 write 1 5\n", "Mm.ksmItems"],
  [
    "0 madvise 0 1 pageout\n0 madvise 1 1 pageout\n",
    "0 madvise 1 1 pageout\n0 madvise 0 1 pageout\n",
    "page table entry",
  ],
  // Its frame is another one, and there have been more faults: only the counters tell.
  ["0 write 2 7\n0 munmap 3 1\n", "0 write 3 9\n0 write 2 7\n0 munmap 3 1\n", "Cpu.statOps"],
  ["0 write 0 7\n0 madvise 0 1 pageout\n", "0 write 0 8\n0 madvise 0 1 pageout\n", "swap slot's content"],
  // What a lock leaves: an mprotect that changes nothing has had the mmap lock.
  ["0 mprotect 3 1 rw\n", "0 read 3\n", "Mm.lockSeq"],
])("after %j and %j: the %s", (one, other, field) => {
  const [first, second] = machines;
  run(first, one);
  run(second, other);
  const found = stateDifference(first.control, second.control);
  expect(found?.field).toBe(field);
  expect(first.isLike(second)).toBe(field === undefined);
  if (found !== undefined) expect(found.text).toMatch(/^.+ is .+, in the engine as it is .+$/);
});

/** Fields that state.ts follows itself, because what they mean depends on others. */
const FOLLOWED: Readonly<Record<string, string>> = {
  Mm: "pgd ksmNext ksmPrev",
  Page: "mapping next prev priv",
  KsmItem: "checksum node nodeNext nodePrev rbParent rbLeft rbRight",
  KsmNode: "rbParent rbLeft rbRight page staleNext",
  KsmCtl: "stable unstable stale",
  PinSlot: "page",
  Swap: "mapBase cacheBase contentBase",
  Blocks: "nextBase contentBase",
};
/** Fields that make no state, and why. */
const LEFT_OUT: Readonly<Record<string, readonly (readonly [fields: string, why: string])[]>> = {
  Mm: [
    ["mmapLock mmapSleepers tablesLock", "nobody holds a lock behind an operation: the engine checks that"],
    ["root", "the tree of mappings: checked against the list"],
    ["tlbCpus1", "CPUs from 32 on"],
  ],
  Vma: [
    ["rbParent rbLeft rbRight gap subtreeGap", "the tree of mappings: checked against the list"],
    ["sharedParent sharedLeft sharedRight sharedLast", "the file's tree: checked against its mappings"],
    ["tables", "what a walk has found, and finds again"],
    ["pad", "nothing"],
  ],
  AnonVmaChain: [
    ["rbParent rbLeft rbRight subtreeLast", "the anon_vma's tree: checked against the chains"],
    ["pad", "nothing"],
  ],
  AnonVma: [
    ["rwsem sleepers", "a lock"],
    ["rbRoot", "its tree: checked against the chains"],
  ],
  Page: [
    ["kind", "of slabs"],
    ["link spare", "scratch of the checks"],
  ],
  AddressSpace: [
    ["iMmapLock iMmapSleepers iPages", "locks"],
    ["iMmap", "its tree: checked against the mappings"],
    ["pad", "nothing"],
  ],
  KsmCtl: [
    ["mutex sleepers listLock", "locks"],
    ["cursor", "holds only while a scan runs"],
    ["pad", "nothing"],
  ],
  PinSlot: [["pad", "nothing"]],
  Swap: [
    ["lock", "a lock"],
    ["slots", "the same by the boot"],
  ],
  Blocks: [
    ["lock", "a lock"],
    ["blocks", "the same by the boot"],
    ["cursor", "a frame's number: which frame a page has does not matter"],
    ["pad", "nothing"],
  ],
  Ctl: [
    [
      "magic cpus cpuBase cpuStride spaceBase spaces fileBase files pageBase frames contentBase content kpageBase kpages " +
        "kmemBase lruvecBase zoneBase slabBase bootBytes pinBase noticeBase noticeBytes endsAtRefusal",
      "the same by the boot",
    ],
    ["stop kswapdStop flusherStop", "the host's"],
    [
      "panicClaim panicCode panicCpu panicArg0 panicArg1 panicArg2 panicArg3 panicRecord panicHeld panicIndex",
      "a panic ends the comparison",
    ],
    ["epoch", "how often all CPUs have stood still"],
    ["nextMm pinOrder", "Mm.id and PinSlot.order hold what was given out"],
    ["pinLock", "a lock"],
    ["events", "counted for messages"],
    ["slabPages slabPagesMost refusedArena refusedSlabPages refusedFrames", "depend on what is kept at hand"],
  ],
  Cpu: [
    ["number queueBase queueMask", "the same by the boot"],
    ["current index tail done spins", "the ring's"],
    ["anonDelta accessValue referenced refused hole seen waits barrier", "scratch of one operation"],
    ["heldLocks", "nobody holds a lock behind an operation: the engine checks that"],
    ["delaySeed", "no delays here"],
    ["epoch rcuHead rcuTail", "what waits for a grace period is free"],
    ["tlbEpoch tlbBusy", "no TLB may remember what is gone: the engine checks that; statTlbFlushes counts"],
    ["pcpHead0 pcpCount0 pcpHead1 pcpCount1", "what is kept at hand"],
    ["unmapped1", "CPUs from 32 on"],
    ["events statChecks", "depends on how often somebody checks"],
  ],
};

it("looks at every field of what makes the state, or says why not", () => {
  const { layout } = machines[0].control;
  for (const [name, { words, pointers }] of looksOf(layout)) {
    const reasons = LEFT_OUT[name] ?? [];
    const covered = [
      ...[...words, ...pointers].map((field) => field.name),
      ...(FOLLOWED[name] ?? "").split(" "),
      ...reasons.flatMap(([fields]) => fields.split(" ")),
    ].filter((field) => field !== "");
    expect(covered.sort(), name).toEqual([...layout.struct(name).fieldsWith("")].sort());
    for (const [fields, why] of reasons) expect(why, `${name}: ${fields}`).not.toBe("");
  }
});
