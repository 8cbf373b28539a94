/** The plain accesses of a step, three numbers each: offset, bytes, 1 for a store. */

import type { Access } from "../access.js";
import { isLook } from "./dependence.js";

export type Footprint = readonly number[];

/** The footprint of a step without plain accesses. */
export const NONE: Footprint = [];

/** Whether a footprint has this access. */
export function includes(feet: Footprint, at: number, bytes: number, stores: number): boolean {
  for (let i = 0; i < feet.length; i += 3) {
    if (feet[i] === at && feet[i + 1] === bytes && feet[i + 2] === stores) return true;
  }
  return false;
}

/** Whether a footprint conflicts with a marked access. */
export function touches(feet: Footprint, access: Access): boolean {
  for (let i = 0; i < feet.length; i += 3) {
    if (hits(feet[i] as number, feet[i + 1] as number, feet[i + 2] === 1, access)) return true;
  }
  return false;
}

/** Whether a plain access of `bytes` bytes conflicts with a marked one. */
export function hits(at: number, bytes: number, stores: boolean, access: Access): boolean {
  if (at >= access.at + (access.hook.bits >>> 3) || access.at >= at + bytes) return false;
  return stores || !isLook(access);
}

/** Whether the footprints of two steps conflict. */
export function meet(some: Footprint, others: Footprint): boolean {
  for (let i = 0; i < some.length; i += 3) {
    const at = some[i] as number;
    const end = at + (some[i + 1] as number);
    for (let j = 0; j < others.length; j += 3) {
      const other = others[j] as number;
      if (other >= end || at >= other + (others[j + 1] as number)) continue;
      if (some[i + 2] === 1 || others[j + 2] === 1) return true;
    }
  }
  return false;
}
