/**
 * One entry of a CPU's TLB: what an access remembers of the page tables. Only its own CPU reads or writes it. Others
 * make it worthless by advancing the CPU's epoch. 24 bytes.
 *
 *    0 key     space's id << 32 | page number >> TLB_ENTRIES_SHIFT, which is never 0
 *    8 pte     the page table entry when it was looked up
 *   16 epoch   Cpu.tlbEpoch then
 */
@unmanaged
export class TlbEntry {
  /** Address space and page. */
  key: u64;
  /** The remembered entry. */
  pte: u64;
  /** The entry counts only while Cpu.tlbEpoch is this. */
  epoch: u32;
  pad: u32;
}
