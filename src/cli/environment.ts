/** What every command needs from its environment. */
import { EnvironmentError } from "../errors.js";

/** Throws EnvironmentError when no command can run: every thread needs the working directory when it starts. */
export function checkEnvironment(): void {
  try {
    process.cwd();
  } catch {
    throw new EnvironmentError(
      "the working directory no longer exists",
      "change to a folder that exists, and run the command again",
    );
  }
}
