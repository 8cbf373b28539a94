/** One pin that a script holds: 24 bytes, PIN_SLOTS of them at Ctl.pinBase. Under Ctl.pinLock. */
@unmanaged
export class PinSlot {
  /** The pinned struct page; 0: the slot is free. */
  page: u32;
  /** Slot of the address space that took the pin; it may have ended since. */
  space: u32;
  /** Address under which it was taken. */
  address: u64;
  /** Counts up: of several pins of one place the last is dropped first. */
  order: u32;
  pad: u32;
}
