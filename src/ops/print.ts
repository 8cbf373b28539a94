/** Writes operations as text; reading it back gives the same operations. */
import type { Operation } from "./operation.js";

/** One line of a script, without its newline. */
export function printOperation(op: Operation): string {
  switch (op.kind) {
    case "mmap": {
      const what = op.backing === "anon" ? "anon" : `file ${op.backing}`;
      const sharing = op.shared ? "shared" : "private";
      return `${op.process} mmap ${op.page} ${op.pages} ${op.prot} ${sharing} ${what}${op.stack ? " stack" : ""}`;
    }
    case "munmap":
    case "mlock":
    case "munlock":
    case "migrate":
    case "unpin":
    case "register":
    case "unregister":
      return `${op.process} ${op.kind} ${op.page} ${op.pages}`;
    case "mprotect":
      return `${op.process} mprotect ${op.page} ${op.pages} ${op.prot}`;
    case "mremap": {
      const to = op.to === "stay" ? "" : ` ${op.to}`;
      return `${op.process} mremap ${op.page} ${op.pages} ${op.newPages}${to}${op.keep ? " keep" : ""}`;
    }
    case "madvise":
      return `${op.process} madvise ${op.page} ${op.pages} ${op.advice}`;
    case "touch":
    case "pin":
      return `${op.process} ${op.kind} ${op.page} ${op.pages} ${op.write ? "w" : "r"}`;
    case "write":
      return `${op.process} write ${op.page} ${op.value}`;
    case "supply":
      return `${op.process} supply ${op.page}${op.value === undefined ? "" : ` ${op.value}`}`;
    case "read":
    case "heap":
    case "brk":
      return `${op.process} ${op.kind} ${op.page}`;
    case "hold":
      return `${op.process} hold ${op.page} ${op.write ? "w" : "r"}`;
    case "expect":
      return `${op.process} expect ${op.page} ${op.value}${op.other === op.value ? "" : ` ${op.other}`}`;
    case "device":
      return `${op.process} device ${op.value}`;
    case "seen":
      return `${op.process} seen ${op.page} ${op.value} ${op.nextPage} ${op.nextValue}`;
    case "fail":
      return `fail ${op.after}`;
    case "release":
      return `${op.process} release${op.value === undefined ? "" : ` ${op.value}`}`;
    case "scan":
      return `scan ${op.rounds}${op.hold === "locked" ? "" : ` ${op.hold}`}`;
    case "fork":
      return `${op.process} fork ${op.child}`;
    case "exit":
      return `${op.process} ${op.kind}`;
    case "cpu":
      return `cpu ${op.process} ${op.cpu}`;
    case "reclaim":
    case "writeback":
    case "compact":
      return `${op.kind} ${op.pages}`;
    case "ksm":
    case "swapoff":
    case "sync":
    case "check":
    case "dump":
      return op.kind;
  }
}

/** A whole script, one operation a line, with a newline at the end. */
export function printScript(ops: readonly Operation[]): string {
  return ops.map((op) => `${printOperation(op)}\n`).join("");
}
