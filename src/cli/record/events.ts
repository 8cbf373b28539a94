/** The events that a recording consists of. */

/** Tracepoints without which a replay cannot work. */
export const NEEDED = [
  "exceptions:page_fault_user",
  "exceptions:page_fault_kernel",
  "sched:sched_process_fork",
  "sched:sched_process_exec",
  "sched:sched_process_exit",
  "kmem:rss_stat",
  ...calls("mmap", "munmap", "mprotect", "brk", "mremap", "madvise"),
] as const;

/** Tracepoints that older kernels, or kernels with fewer options, do not have. */
export const USEFUL: readonly string[] = calls(
  "pkey_mprotect",
  "mlock",
  "mlock2",
  "munlock",
  "mlockall",
  "munlockall",
  "shmget",
  "shmat",
  "shmdt",
  "shmctl",
  "truncate",
  "ftruncate",
  "fallocate",
  "memfd_create",
  "remap_file_pages",
  "process_madvise",
  "process_vm_readv",
  "process_vm_writev",
  "userfaultfd",
  "move_pages",
  "migrate_pages",
);

/** The counts of pages, and who changed them: up to eight frames of the kernel's stack. */
const COUNTS = "kmem:rss_stat/call-graph=fp,max-stack=8/";

/** What to record. */
export interface Target {
  /** A running process, all of them, or a command. */
  readonly pid?: number;
  readonly all?: boolean;
  readonly command: readonly string[];
}

/** The arguments of perf. `has` says which useful events this kernel has. */
export function perfArguments(file: string, target: Target, has: (event: string) => boolean): string[] {
  const events = [...NEEDED, ...USEFUL.filter(has)].map((event) =>
    event === "kmem:rss_stat" ? COUNTS : event,
  );
  return [
    "record",
    "--quiet",
    // The mappings of data too; rings of 16 MiB for each CPU, so that nothing is lost.
    "--data",
    "--mmap-pages=4096",
    "--kernel-callchains",
    `--output=${file}`,
    ...events.flatMap((event) => ["--event", event]),
    ...(target.pid === undefined ? [] : ["--pid", String(target.pid)]),
    ...(target.all === true ? ["--all-cpus"] : []),
    ...(target.command.length > 0 ? ["--", ...target.command] : []),
  ];
}

function calls(...names: string[]): string[] {
  return names.flatMap((name) => [`syscalls:sys_enter_${name}`, `syscalls:sys_exit_${name}`]);
}
