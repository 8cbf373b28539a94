/** Mended faults of the engine itself: planting one compiles. */
import type { Fault } from "./faults.js";

export const ENGINE_FAULTS: readonly Fault[] = [
  {
    name: "pages of a locked mapping stay where nobody scans when a part of it moves away",
    kind: "script",
    seed: 1,
    within: 3000,
    shows: /^violation: /,
    patches: [
      {
        file: "assembly/mm/move_vma.ts",
        search: "      munlockPages(mm, vma.start, vma.end);\n",
        replace: "",
      },
    ],
  },
];
