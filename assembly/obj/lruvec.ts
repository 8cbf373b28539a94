/**
 * A set of LRU lists with a lock. Each CPU has one, so that CPUs seldom wait for each other when they add pages. 128
 * bytes.
 */
@unmanaged
export class Lruvec {
  /** Spinlock over the lists. */
  lock: u32;
  /** Number of its CPU. */
  number: u32;
  /** Heads: 0 inactive anon, 1 active anon, 2 inactive file, 3 active file, 4 unevictable. */
  head0: u32;
  head1: u32;
  head2: u32;
  head3: u32;
  head4: u32;
  /** Tails of the same lists. */
  tail0: u32;
  tail1: u32;
  tail2: u32;
  tail3: u32;
  tail4: u32;
  /** Lengths of the same lists. */
  count0: u32;
  count1: u32;
  count2: u32;
  count3: u32;
  count4: u32;
  pad0: u32;
  pad1: u32;
  pad2: u32;
  pad3: u32;
  pad4: u32;
  pad5: u32;
  pad6: u32;
  pad7: u32;
  pad8: u32;
  pad9: u32;
  pad10: u32;
  pad11: u32;
  pad12: u32;
  pad13: u32;
  pad14: u32;

  @inline get lockAt(): usize {
    return changetype<usize>(this) + offsetof<Lruvec>("lock");
  }

  @inline headAt(list: u32): usize {
    return changetype<usize>(this) + offsetof<Lruvec>("head0") + (list << 2);
  }

  @inline tailAt(list: u32): usize {
    return changetype<usize>(this) + offsetof<Lruvec>("tail0") + (list << 2);
  }
  /** First page of a list. The lock is held. */
  @inline head(list: u32): u32 {
    return load<u32>(this.headAt(list));
  }

  @inline tail(list: u32): u32 {
    return load<u32>(this.tailAt(list));
  }

  @inline setHead(list: u32, page: u32): void {
    store<u32>(this.headAt(list), page);
  }

  @inline setTail(list: u32, page: u32): void {
    store<u32>(this.tailAt(list), page);
  }

  @inline countAt(list: u32): usize {
    return changetype<usize>(this) + offsetof<Lruvec>("count0") + (list << 2);
  }

  /** Length of a list. The lock is held. */
  @inline count(list: u32): u32 {
    return load<u32>(this.countAt(list));
  }
}
