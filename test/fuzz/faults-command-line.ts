/** Mended faults of the command line, its readers and its reports. */
import type { Fault } from "./fault.js";

export const COMMAND_LINE_FAULTS: readonly Fault[] = [
  {
    name: "a full disk ends the program with a stack",
    kind: "options",
    seed: 1,
    within: 150,
    shows: /^(unexpected failure|exit code): /,
    patches: [
      {
        file: "src/cli/terminal.ts",
        search: 'stream.on("error", () => {});',
        replace: 'stream.on("error", (error) => {\n    throw error;\n  });',
      },
    ],
  },
  {
    name: "a long name is answered with the system's words",
    kind: "options",
    seed: 1,
    within: 150,
    shows: /^raw error: ENAMETOOLONG/,
    patches: [{ file: "src/errors.ts", search: '  ENAMETOOLONG: "its name is too long",\n', replace: "" }],
  },
  {
    name: "a loop of links is answered with the system's words",
    kind: "options",
    seed: 1,
    within: 150,
    shows: /^raw error: ELOOP/,
    patches: [
      { file: "src/errors.ts", search: '  ELOOP: "its symbolic links form a circle",\n', replace: "" },
    ],
  },
  {
    name: "a wrong name is answered with a guess that is far away",
    kind: "options",
    seed: 1,
    within: 100,
    shows: /^guess: /,
    patches: [
      {
        file: "src/text/nearest.ts",
        search: "<= Math.max(1, Math.floor(Math.min(a.length, b.length) / 3))",
        replace: "< 99",
      },
    ],
  },
  {
    name: "deep JSON overflows the stack",
    kind: "answer",
    seed: 1,
    within: 150,
    shows: /^unexpected failure: .*Maximum call stack/,
    patches: [
      {
        file: "src/text/json.ts",
        search: "const MOST_LEVELS = 200;",
        replace: "const MOST_LEVELS = 2e9;",
      },
    ],
  },
  {
    name: "a linked file of a variant is left out",
    kind: "variant",
    seed: 1,
    within: 60,
    shows: /^not refused: /,
    patches: [
      {
        file: "src/build/read-sources.ts",
        search: "} else if (!entry.isFile()) {",
        replace:
          "} else if (entry.isSymbolicLink()) {\n        // Left out.\n      } else if (!entry.isFile()) {",
      },
    ],
  },
];
