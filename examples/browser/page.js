/** The page of `npm run demo`: a fork, and copy-on-write on two CPUs at once. */
import { Engine } from "rmap-engine";

const PAGES = 256;
const out = document.querySelector("#out");
const say = (line) => {
  out.textContent += `${line}\n`;
};

async function forkAndWrite(engine) {
  const parent = engine.spawn();
  const start = parent.mmap(PAGES * engine.pageSize);
  parent.touch(start, PAGES);
  const child = parent.fork();
  say(`After the fork the first page is mapped ${parent.whoMaps(start).length} times.`);
  const before = engine.stats().faultCow;
  const batch = engine.batch();
  for (let i = 0; i < PAGES; i++) {
    batch.on(0).write(parent, start + i * engine.pageSize, 1);
    batch.on(1).write(child, start + i * engine.pageSize, 2);
  }
  await batch.run();
  const copies = engine.stats().faultCow - before;
  say(
    `Both wrote to ${PAGES} pages: ${copies} faults, and now it is mapped ${parent.whoMaps(start).length} time.`,
  );
  say(
    `The parent reads ${parent.read(start)}, the child reads ${child.read(start)}. ${engine.check()} checks hold.`,
  );
  parent.exit();
  child.exit();
}

try {
  const engine = await Engine.create({ cpus: 2 });
  const button = document.querySelector("#run");
  button.addEventListener("click", async () => {
    button.disabled = true;
    await forkAndWrite(engine);
    button.disabled = false;
  });
  button.disabled = false;
  addEventListener("pagehide", () => engine.dispose());
  say(`An engine with ${engine.cpus} CPUs has started.`);
} catch (error) {
  say(`${error.message}\n${error.hint ?? ""}`);
}
