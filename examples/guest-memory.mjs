/**
 * The memory of an emulator's guest: byte access, an image file that is paged in on demand, snapshots by copy-on-write, the pages
 * that each run changed, and a machine that is saved and loaded. Run: node examples/guest-memory.mjs
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "rmap-engine";

const PAGE = 4096;
const PAGES = 8;

/** The guest's program, in a file. Its second page counts up, the fourth is text. */
const folder = mkdtempSync(join(tmpdir(), "guest-"));
const image = new Uint8Array(PAGES * PAGE);
for (let i = 0; i < PAGE; i++) image[PAGE + i] = i;
image.set(new TextEncoder().encode("hello, guest"), 3 * PAGE);
writeFileSync(join(folder, "guest.img"), image);
const file = openSync(join(folder, "guest.img"));

/** A guest with the image at an address. A page is read from the file when the guest first uses it. */
class Guest {
  constructor(space, base) {
    this.space = space;
    this.base = base;
    this.pagedIn = 0;
    const bytes = new Uint8Array(PAGE);
    space.onMissing(base, PAGES * PAGE, (address) => {
      readSync(file, bytes, 0, PAGE, address - base);
      this.pagedIn++;
      return bytes;
    });
    this.changes = space.trackDirty();
  }

  static start(engine, base) {
    const space = engine.spawn();
    space.mmap(PAGES * PAGE, { at: base });
    return new Guest(space, base);
  }

  /** A byte for the guest's CPU. The usual case takes some 20 ns; only a page that is not there yet asks the handler. */
  load(address) {
    return this.space.read8(address);
  }

  store(address, value) {
    this.space.write8(address, value);
  }

  /** A copy that shares every page until one of the two writes to it. What is missing in it comes from the file, too. */
  snapshot() {
    return new Guest(this.space.fork(), this.base);
  }

  /** Pages that changed since this was called last: what to draw again, to send, or to compile anew. */
  changed() {
    return Array.from(this.changes.collect().addresses(), (address) => (address - this.base) / PAGE);
  }
}

const engine = await Engine.create({ content: "full", memory: 4 * 2 ** 20 });
const guest = Guest.start(engine, 0x10_0000);
const at = (page, offset = 0) => guest.base + page * PAGE + offset;

let text = "";
for (let i = 0; guest.load(at(3, i)) !== 0; i++) text += String.fromCharCode(guest.load(at(3, i)));
console.log(
  `the guest reads "${text}" and byte ${guest.load(at(1, 77))}; ${guest.pagedIn} of ${PAGES} pages came in`,
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
// A snapshot has no functions in it, so the handlers are set anew.
const [loaded, kept] = again.spaces.map((space) => new Guest(space, guest.base));
console.log(`loaded from ${bytes.length >> 10} KiB: ${loaded.load(at(1, 77))} and ${kept.load(at(1, 77))}`);
console.log(`page 2 is still in the file: byte ${kept.load(at(2))}, ${kept.pagedIn} page came in`);

try {
  loaded.load(at(8));
} catch (error) {
  console.log(`behind the image: ${error.message}`);
}
await again.dispose();
closeSync(file);
rmSync(folder, { recursive: true });
