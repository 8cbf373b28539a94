/**
 * The memory of an emulator's guest: byte access, an image that is paged in on demand, snapshots by copy-on-write, the pages
 * that each run changed, and a machine that is saved and loaded. Run: node examples/guest-memory.mjs
 */
import { Engine } from "rmap-engine";

const PAGE = 4096;
/** The guest's program: in an emulator this would be a file. Its second page counts up, the fourth is text. */
const IMAGE = new Uint8Array(8 * PAGE);
for (let i = 0; i < PAGE; i++) IMAGE[PAGE + i] = i;
IMAGE.set(new TextEncoder().encode("hello, guest"), 3 * PAGE);

/** A guest with an image at an address. Its pages come from the image when the guest first uses them. */
class Guest {
  constructor(space, base) {
    this.space = space;
    this.base = base;
    this.pagedIn = 0;
    this.changes = space.trackDirty();
  }

  static start(engine, base) {
    const space = engine.spawn();
    space.mmap(IMAGE.length, { at: base, protection: "none" });
    return new Guest(space, base);
  }

  /** A byte for the guest's CPU. The usual case takes some 20 ns; only a page that is not there yet comes back here. */
  load(address) {
    return this.space.tryRead(address, 8) ?? this.#pageIn(address).space.read8(address);
  }

  store(address, value) {
    if (!this.space.tryWrite(address, value, 8)) this.#pageIn(address).space.write8(address, value);
  }

  /** A copy that shares every page until one of the two writes to it. */
  snapshot() {
    return new Guest(this.space.fork(), this.base);
  }

  /** Pages that changed since this was called last: what to draw again, to send, or to compile anew. */
  changed() {
    return Array.from(this.changes.collect().addresses(), (address) => (address - this.base) / PAGE);
  }

  /** Fetches one page of the image. An address outside of it stays a fault: the next access throws. */
  #pageIn(address) {
    const offset = Math.floor((address - this.base) / PAGE) * PAGE;
    if (offset < 0 || offset >= IMAGE.length || this.space.failure !== "SEGV") return this;
    this.space.mprotect(this.base + offset, PAGE, "rw");
    this.space.writeBytes(this.base + offset, IMAGE.subarray(offset, offset + PAGE));
    this.pagedIn++;
    return this;
  }
}

const engine = await Engine.create({ content: "full", memory: 4 * 2 ** 20 });
const guest = Guest.start(engine, 0x10_0000);
const at = (page, offset = 0) => guest.base + page * PAGE + offset;

let text = "";
for (let i = 0; guest.load(at(3, i)) !== 0; i++) text += String.fromCharCode(guest.load(at(3, i)));
console.log(
  `the guest reads "${text}" and byte ${guest.load(at(1, 77))}; ${guest.pagedIn} of 8 pages came in`,
);

console.log(`the image filled the pages ${guest.changed().join(" and ")}`);
const before = guest.snapshot();
guest.store(at(1, 77), 200);
guest.store(at(5), 9);
console.log(`it changed the pages ${guest.changed().join(" and ")} since the snapshot`);
console.log(`byte 77 is ${guest.load(at(1, 77))}, and ${before.load(at(1, 77))} in the snapshot`);

const bytes = engine.save();
await engine.dispose();
const again = await Engine.load(bytes);
const [loaded, kept] = again.spaces;
console.log(`loaded from ${bytes.length >> 10} KiB: ${loaded.read8(at(1, 77))} and ${kept.read8(at(1, 77))}`);

try {
  loaded.read8(at(8));
} catch (error) {
  console.log(`behind the image: ${error.message}`);
}
await again.dispose();
