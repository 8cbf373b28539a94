#!/usr/bin/env node
/** Entry of the `rmap` command. */
import { EnvironmentError, isSystemError, lacking } from "../errors.js";
import { reportFailure } from "./failure.js";
import { keepCompiledCode } from "./start-up.js";
import { guardStreams } from "./terminal.js";

/** Loads the program and runs it; resolves with the exit code. */
async function main(): Promise<number> {
  try {
    // Imported here, not above: if its files cannot be opened, this code must run to report it.
    const { runProgram } = await import("./program.js");
    return await runProgram(process.argv.slice(2));
  } catch (error) {
    if (!isSystemError(error)) return reportFailure(error);
    const what = "cannot load the program's own files";
    const broken = new EnvironmentError(`${what}: ${error.message}`, "install the package again");
    return reportFailure(lacking(what, error) ?? broken);
  }
}

guardStreams();
keepCompiledCode();
// Nobody catches an error that an event handler throws. Report it like every other one.
process.on("uncaughtException", (error) => process.exit(reportFailure(error)));
process.exitCode = await main();
// Results are written by now; on some systems stderr may still have text that waits.
if (process.stderr.writableLength > 0)
  await new Promise<void>((done) => process.stderr.write("", () => done()));
// Without this, Node waits for V8's compiler threads to finish code that nobody runs any more. And after a signal, running work
// must not keep the process alive.
process.exit();
