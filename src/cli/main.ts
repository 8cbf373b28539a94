#!/usr/bin/env node
/** Entry of the `rmap` command. */
import { reportFailure } from "./failure.js";
import { endedBySignal } from "./interrupt.js";
import { runProgram } from "./program.js";

// What an event throws, nobody catches: it is told as everything else is.
process.on("uncaughtException", (error) => process.exit(reportFailure(error)));
process.exitCode = await runProgram(process.argv.slice(2));
// Whatever a command has left behind must not keep the program: its result is written.
if (endedBySignal(process.exitCode)) process.exit();
