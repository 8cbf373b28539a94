#!/usr/bin/env node
/** Entry of the `rmap` command. */
import { runProgram } from "./program.js";

process.exitCode = await runProgram(process.argv.slice(2));
// Whatever a command has left behind must not keep the program: its result is written.
if (process.exitCode === 130) process.exit(130);
