/** A page's life in a few calls: fork, copy-on-write, and who maps what. Run: node examples/embed.mjs */
import { Engine, SegmentationFault } from "rmap-engine";

const engine = await Engine.create();
const names = new Map();

/** Prints who maps the page at an address, as the reverse map finds it. */
function tell(when, space, address) {
  const users = space.whoMaps(address).map((user) => names.get(user.space));
  console.log(`${when}: ${users.sort().join(" and ")}`);
}

const parent = engine.spawn();
names.set(parent, "the parent");
const page = parent.mmap(engine.pageSize);
parent.write(page, 42n);
tell("After the first write, the page is mapped by", parent, page);

const child = parent.fork();
names.set(child, "the child");
tell("After a fork it is mapped by", parent, page);

child.write(page, 7n);
tell("The child writes. The parent's page is mapped by", parent, page);
tell("and the child's page by", child, page);
console.log(`The parent reads ${parent.read(page)}, the child reads ${child.read(page)}.`);

parent.munmap(page, engine.pageSize);
try {
  parent.read(page);
} catch (error) {
  if (!(error instanceof SegmentationFault)) throw error;
  console.log(`The parent unmaps its page and reads: ${error.message}`);
}

child.exit();
parent.exit();
await engine.dispose();
