/** The running kernel as a machine that answers scripts. */
import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Recorded, readRecorded } from "../../dist/compare/index.js";
import { EnvironmentError } from "../../dist/index.js";
import { printScript } from "../../dist/ops/print.js";
import type { Operation } from "../../src/ops/operation.js";

/** What the program reads, and what it needs it for. */
const FILES = [
  ["/proc/kpagecount", constants.R_OK],
  ["/proc/kpageflags", constants.R_OK],
  ["/sys/kernel/mm/ksm/run", constants.W_OK],
] as const;

/** Names what this machine lacks to ask its kernel; empty when there is nothing. */
function missing(): string[] {
  if (process.platform !== "linux") return [`Linux (this is ${process.platform})`];
  const lacking: string[] = [];
  if (process.getuid?.() !== 0) lacking.push("root (frame numbers are shown to nobody else)");
  for (const [path, mode] of FILES) {
    try {
      accessSync(path, mode);
    } catch {
      lacking.push(path);
    }
  }
  if (spawnSync(compiler(), ["--version"]).status !== 0) {
    lacking.push(`a C compiler (${compiler()}; set CC to another)`);
  }
  if (existsSync("/proc/swaps") && /\n./.test(readFileSync("/proc/swaps", "utf8")))
    lacking.push("a machine without swap (see swapoff)");
  return lacking;
}

function compiler(): string {
  return process.env["CC"] ?? "cc";
}

/** What answers scripts. */
export interface Kernel {
  answer(script: readonly Operation[]): Recorded;
}

/** The program that asks the kernel, compiled into a folder of its own. Dispose it in the end. */
export class LiveKernel implements Kernel {
  readonly #folder: string;

  /** `source` is the path of oracle.c. Throws EnvironmentError when the machine lacks something, by name. */
  constructor(source: string) {
    const lacking = missing();
    if (lacking.length > 0) {
      throw new EnvironmentError(
        `the kernel of this machine cannot be asked: it lacks ${lacking.join(", ")}`,
        "recorded answers of a kernel are compared by `npm test`, which needs none of this",
      );
    }
    this.#folder = mkdtempSync(join(tmpdir(), "rmap-kernel-"));
    execFileSync(compiler(), ["-O1", "-Wall", "-o", this.#program, source], { stdio: "inherit" });
  }

  /** What the kernel says to a script. Throws EnvironmentError when it says nothing. */
  answer(script: readonly Operation[]): Recorded {
    return readRecorded(this.answerText(printScript(script)), "(the kernel)");
  }

  /** The same as text, as it can be kept. */
  answerText(script: string): string {
    const { status, signal, stdout, stderr } = spawnSync(this.#program, {
      input: script,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    if (status === 0) return stdout;
    throw new EnvironmentError(
      `asking the kernel failed: ${stderr.trim() || `exit code ${status ?? signal}`}`,
    );
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #program(): string {
    return join(this.#folder, "oracle");
  }
}
