/** What a recording needs of the machine, and what is lacking. */

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NEEDED } from "./events.js";

/** Something that is lacking, and what helps. */
export interface Lack {
  readonly what: string;
  readonly remedy: string;
}

/** The machine, as far as a recording needs it. */
export interface Machine {
  readonly platform: string;
  /** perf's version; undefined when there is no perf, or none that runs. */
  readonly perf: string | undefined;
  /** The process may use all events. */
  readonly privileged: boolean;
  /** kernel.perf_event_paranoid; undefined when there is none. */
  readonly paranoid: number | undefined;
  /** The folder of the kernel's events: where it is, and whether this process may read it. */
  readonly tracing: { readonly path: string; readonly readable: boolean } | undefined;
  /** True when the kernel has this event. */
  has(event: string): boolean;
}

const FOLDERS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
/** The highest value of kernel.perf_event_paranoid with which anybody may use raw tracepoints. */
const ANYBODY = -1;

/** Everything that is lacking, each with what helps. */
export function lacksOf(machine: Machine): Lack[] {
  if (machine.platform !== "linux")
    return [
      {
        what: `this is ${machine.platform}, and perf is a tool of Linux`,
        remedy: "record on a Linux machine",
      },
    ];
  const lacks: Lack[] = [];
  if (machine.perf === undefined)
    lacks.push({
      what: "there is no perf that runs",
      remedy:
        "install it: the package is linux-perf (Debian), linux-tools-generic (Ubuntu) or perf (Fedora, Arch)",
    });
  const { privileged, paranoid, tracing } = machine;
  if (paranoid === undefined)
    lacks.push({
      what: "this kernel has no perf events (there is no /proc/sys/kernel/perf_event_paranoid)",
      remedy: "record on a kernel with CONFIG_PERF_EVENTS; some containers and sandboxes hide it",
    });
  else if (!privileged && paranoid > ANYBODY)
    lacks.push({
      what: `this user may not record the kernel's events (kernel.perf_event_paranoid is ${paranoid})`,
      remedy:
        "run it as root, with the capability CAP_PERFMON, or after: sysctl kernel.perf_event_paranoid=-1",
    });
  if (tracing === undefined)
    lacks.push({
      what: "the kernel's list of events is not mounted (/sys/kernel/tracing)",
      remedy: "mount it: mount -t tracefs nodev /sys/kernel/tracing",
    });
  else if (!tracing.readable)
    lacks.push({
      what: `this user may not read ${tracing.path}`,
      remedy: `run it as root, or after: mount -o remount,mode=755 ${tracing.path}`,
    });
  else
    for (const event of NEEDED)
      if (!machine.has(event))
        lacks.push({ what: `this kernel has no event ${event}`, remedy: remedyFor(event) });
  return lacks;
}

function remedyFor(event: string): string {
  const [system] = event.split(":");
  switch (system) {
    case "syscalls":
      return "record on a kernel with CONFIG_FTRACE_SYSCALLS";
    case "exceptions":
      return "record on x86 or RISC-V: other processors do not show the addresses of page faults";
    case "kmem":
      return "record on Linux 5.5 or later, with CONFIG_TRACEPOINTS";
    default:
      return "record on a kernel with CONFIG_TRACEPOINTS";
  }
}

/** This machine. */
export function thisMachine(): Machine {
  const tracing = tracingAmong(FOLDERS);
  return {
    platform: process.platform,
    perf: perfVersion(),
    privileged: process.geteuid?.() === 0 ? hasCapability() !== false : hasCapability() === true,
    paranoid: numberIn("/proc/sys/kernel/perf_event_paranoid"),
    tracing,
    has: (event) => existsSync(join(tracing?.path ?? "", "events", event.replace(":", "/"), "format")),
  };
}

/** The first of these folders that is the kernel's, or that may be and is closed to this process; undefined when none is. */
export function tracingAmong(folders: readonly string[]): Machine["tracing"] {
  for (const path of folders) {
    const readable = mayRead(join(path, "events"));
    if (readable !== undefined) return { path, readable };
  }
  return undefined;
}

function perfVersion(): string | undefined {
  const { status, stdout } = spawnSync("perf", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** True when the process has one of the capabilities that allow everything; undefined when that is not known. */
function hasCapability(): boolean | undefined {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(textOf("/proc/self/status") ?? "")?.[1];
  if (line === undefined) return undefined;
  const bits = BigInt(`0x${line}`);
  return ((bits >> CAP_SYS_ADMIN) & 1n) === 1n || ((bits >> CAP_PERFMON) & 1n) === 1n;
}

function numberIn(path: string): number | undefined {
  const text = textOf(path);
  return text === undefined ? undefined : Number(text);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Whether this process may read a folder; undefined when there is none. A folder that it may not look into may be there. */
function mayRead(path: string): boolean | undefined {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : false;
  }
}
