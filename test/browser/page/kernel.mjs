/** Runs recorded scripts of the kernel in this page. Returns by name what the engine says otherwise; none when it agrees. */
import { Engine } from "/dist/index.js";
import { compareAnswers, parseScript, printAnswer, readRecorded, runScript } from "/dist/scenarios.js";

export default async function kernel({ names, cpus }) {
  const differences = {};
  let outcomes = 0;
  for (const name of names) {
    const script = parseScript(await (await fetch(`/answers/${name}.ops`)).text(), `${name}.ops`);
    const packed = await fetch(`/answers/${name}.json.gz`);
    const answer = readRecorded(await text(packed), name);
    const engine = await Engine.create({ cpus });
    try {
      const found = await runScript(engine, script);
      outcomes += found.results.length;
      const parted = compareAnswers(answer, found);
      const same = printAnswer({ results: found.results, dumps: found.dumps });
      const theirs = printAnswer({ results: answer.results, dumps: answer.dumps });
      if (parted !== null || same !== theirs) differences[name] = parted?.at ?? "the texts differ";
    } finally {
      await engine.dispose();
    }
  }
  return { differences, outcomes };
}

/** A server may unpack it on the way. */
async function text(response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f) return new TextDecoder().decode(bytes);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).text();
}
