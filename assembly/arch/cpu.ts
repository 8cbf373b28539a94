/** Which CPU this instance is: the one mutable global of the module. */

import { Cpu } from "../obj/cpu";
import { Ctl } from "../obj/ctl";
import { CTL } from "../layout";

let base: u32 = 0;

/** This CPU's own block. */
@inline
export function thisCpu(): Cpu {
  return changetype<Cpu>(base);
}

/** The control block. */
@inline
export function ctl(): Ctl {
  return changetype<Ctl>(CTL);
}

/** Another CPU's block. */
@inline
export function cpuOf(number: u32): Cpu {
  return changetype<Cpu>(ctl().cpuBase + number * ctl().cpuStride);
}

/** Makes this instance CPU `number`. */
export function setThisCpu(number: u32): void {
  base = ctl().cpuBase + number * ctl().cpuStride;
}
