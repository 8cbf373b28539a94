/**
 * Why the kernel counted pages, read from its stack at the count. Each cause is known by functions that only its way
 * through the kernel calls.
 */

/** No stack, or one that says nothing special. */
export const NO_CAUSE = 0;
/** A userfaultfd handler mapped the page (`UFFDIO_COPY` and its like). */
export const CAUSE_USERFAULTFD = 1;

/** A cause's name, and the functions by which it is known. */
const CAUSES: readonly (readonly [name: string, functions: readonly string[]])[] = [
  ["", []],
  ["userfaultfd", ["mfill_atomic_install_pte", "mfill_atomic_copy", "mfill_atomic", "userfaultfd_ioctl"]],
  ["process_vm_readv or process_vm_writev", ["process_vm_rw", "process_vm_rw_core"]],
  ["another process's access", ["__access_remote_vm", "access_remote_vm", "mem_rw"]],
  ["khugepaged", ["khugepaged", "khugepaged_do_scan", "khugepaged_scan_mm_slot"]],
  ["MADV_COLLAPSE", ["madvise_collapse"]],
  ["a shorter file", ["do_truncate", "vfs_fallocate", "unmap_mapping_range", "shmem_undo_range"]],
  ["reclaim", ["shrink_folio_list", "reclaim_folio_list", "try_to_unmap"]],
  ["swap", ["do_swap_page"]],
  ["merged pages", ["ksm_do_scan", "break_ksm"]],
];

/** The kernel touches a page for somebody else. A frame further out says for whom, if the stack reaches that far. */
const ON_BEHALF: readonly string[] = [
  "__get_user_pages",
  "gup_fast_fallback",
  "internal_get_user_pages_fast",
];

/** What every other cause outweighs. */
export const CAUSE_ON_BEHALF = CAUSES.length;

const BY_FUNCTION = new Map([
  ...CAUSES.flatMap(([, functions], cause) => functions.map((name) => [name, cause] as const)),
  ...ON_BEHALF.map((name) => [name, CAUSE_ON_BEHALF] as const),
]);

/** The cause for which a kernel function stands; NO_CAUSE for most. Compilers' copies (`.part.0`) count as the function. */
export function causeOfFunction(name: string): number {
  const end = name.indexOf(".");
  return BY_FUNCTION.get(end < 0 ? name : name.slice(0, end)) ?? NO_CAUSE;
}

/** A cause's name; empty for NO_CAUSE. */
export function causeName(cause: number): string {
  return cause === CAUSE_ON_BEHALF ? "get_user_pages" : (CAUSES[cause]?.[0] ?? "");
}
