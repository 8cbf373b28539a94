import type { Scenario } from "../scenario.js";

/** Mappings, each with an anon_vma of its own: enough that pages of the slab come and go. */
const pages = Array.from({ length: 160 }, (_, i) => i * 2);

export const gracePeriod: Scenario = {
  name: "grace-period",
  title: "A process exits, and its anon_vmas' memory is given back, while one of its pages is looked up",
  story:
    "A process has so many mappings that its anon_vmas fill pages of the slab; it exits, and the slab gives them back " +
    "after a grace period. Meanwhile scanners look up its pages. What one of them found must last for as long as it is " +
    "used: by the RCU section that it is in, or by the lock that it holds on an anon_vma which is still in use.",
  source: "Nick Piggin's two patches in “mm: fix anon_vma races”, linux-mm, 21 October 2008, 04:33 and 04:34",
  watch: ["I3"],
  boot: { memory: 512 * 4096 },
  setup: "0 fork 1",
  cpus: [
    `${pages.map((page) => `1 mmap ${page} 1 rw private anon\n1 write ${page} 1`).join("\n")}
     1 exit
     0 fork 1`,
    "scan 4",
    "scan 4",
    "scan 4",
  ],
  repeat: 2,
};
