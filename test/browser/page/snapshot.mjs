/** Loads a snapshot that Node saved, works with it, and saves it again. Bytes travel as base64. */
import { Engine } from "../../../dist/index.js";

export default async function snapshot({ image, workers }) {
  const engine = await Engine.load(
    Uint8Array.from(atob(image), (char) => char.charCodeAt(0)),
    { workers },
  );
  const [parent, child] = engine.spaces;
  const [pin] = engine.pins;
  const at = pin.address;
  const seen = {
    cpus: engine.cpus,
    checks: engine.check() > 0,
    hashes: engine.spaces.map((space) => String(space.contentHash())),
    users: [0, 1].map((page) => parent.whoMaps(at + page * 4096).length),
    bytes: [...child.readBytes(at + 4096, 4)],
  };
  child.write32(at + 4098, 0xfeed);
  if (workers) {
    const batch = engine.batch();
    batch.on(0).write(parent, at + 8192, 7);
    batch.on(1).write(child, at + 8192, 8);
    seen.results = (await batch.run()).map(({ result }) => result);
  }
  const saved = engine.save();
  await engine.dispose();
  let text = "";
  for (const byte of saved) text += String.fromCharCode(byte);
  return { ...seen, image: btoa(text) };
}
