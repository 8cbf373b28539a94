/** What every command needs of where it is started. */
import { EnvironmentError } from "../errors.js";

/** Throws EnvironmentError where no command can run: every thread asks for the working directory when it starts. */
export function checkEnvironment(): void {
  try {
    process.cwd();
  } catch {
    throw new EnvironmentError(
      "the working directory is not there any more",
      "change to a folder that exists, and run the command again",
    );
  }
}
