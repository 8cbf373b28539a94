/**
 * One entry of a CPU's TLB: what an access remembers of the page tables. Only its own CPU reads or
 * writes it; others make it worthless by advancing the CPU's epoch. 24 bytes.
 *
 *    0 key     space's id << 32 | page number >> TLB_ENTRIES_SHIFT, which is not 0 for any page
 *    8 pte     the page table entry when it was looked up
 *   16 epoch   Cpu.tlbEpoch then
 */
@unmanaged
export class TlbEntry {
  key: u64;
  pte: u64;
  epoch: u32;
  pad: u32;
}
