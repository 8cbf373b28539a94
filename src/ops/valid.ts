/** Makes a list of operations a valid script again after you have removed some. */
import { isProcessOperation, type Operation } from "./operation.js";

/**
 * Drops operations of processes that do not exist at that point (their fork is gone, or they have exited), and forks
 * of a number that was used before. Keeps an `unpin` after the end of its process. Keeps the order.
 */
export function keepValid(ops: readonly Operation[]): Operation[] {
  const alive = new Set([0]);
  const used = new Set([0]);
  return ops.filter((op) => {
    if (!isProcessOperation(op)) return true;
    if (!(op.kind === "unpin" ? used : alive).has(op.process)) return false;
    if (op.kind === "exit") alive.delete(op.process);
    if (op.kind !== "fork") return true;
    if (used.has(op.child)) return false;
    used.add(op.child);
    alive.add(op.child);
    return true;
  });
}
