#!/usr/bin/env node
/** Entry of the `rmap` command. */
import { EnvironmentError, isSystemError, lacking } from "../errors.js";
import { reportFailure } from "./failure.js";
import { guardStreams } from "./terminal.js";

/** Loads the program and runs it; resolves with the exit code. */
async function main(): Promise<number> {
  try {
    // Not imported above: where its files cannot be opened, somebody must be there to say so.
    const { runProgram } = await import("./program.js");
    return await runProgram(process.argv.slice(2));
  } catch (error) {
    if (!isSystemError(error)) return reportFailure(error);
    const what = "the program's own files cannot be loaded";
    const broken = new EnvironmentError(`${what}: ${error.message}`, "install the package again");
    return reportFailure(lacking(what, error) ?? broken);
  }
}

guardStreams();
// What an event throws, nobody catches: it is told as everything else is.
process.on("uncaughtException", (error) => process.exit(reportFailure(error)));
process.exitCode = await main();
// What a signal ended, nothing that is still at work may keep.
if (process.exitCode > 128) process.exit();
