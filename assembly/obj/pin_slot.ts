/** One pin that a script holds: 24 bytes, PIN_SLOTS of them at Ctl.pinBase. Under Ctl.pinLock. */
@unmanaged
export class PinSlot {
  /** The pinned struct page; 0: the slot is free. */
  page: u32;
  /** Slot of the address space that took the pin. That address space may have ended. */
  space: u32;
  /** Address at which the pin was taken. */
  address: u64;
  /** Counts up. Of several pins of one place the last is dropped first. */
  order: u32;
  pad: u32;
}
