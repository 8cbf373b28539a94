/** The speed of the trace reader. The row reads the largest bundled trace, unpacked, over and over. */
import { readdir, readFile, stat } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { EnvironmentError } from "../errors.js";
import { TraceParser } from "../trace/index.js";
import { packaged } from "./packaged.js";
import type { Subject } from "./subject.js";

const FOLDER = new URL("../../traces/", import.meta.url);

/** Finds the largest bundled trace, unpacked. Throws EnvironmentError when none is there. */
async function largestTrace(): Promise<{ name: string; bytes: Uint8Array }> {
  const names = await readdir(FOLDER).catch(() => []);
  const sized = await Promise.all(
    names
      .filter((name) => name.endsWith(".gz"))
      .map(async (name) => ({ name, size: (await stat(new URL(name, FOLDER))).size })),
  );
  const [largest] = sized.sort((a, b) => b.size - a.size);
  if (!largest) throw new EnvironmentError(`there are no traces in ${FOLDER.pathname}`);
  return { name: largest.name, bytes: gunzipSync(await readFile(new URL(largest.name, FOLDER))) };
}

/** The row `trace-parse`. One operation is one line. */
export async function parseSubject(): Promise<Subject> {
  const { name, bytes } = await largestTrace();
  let lines = 0;
  const parse = () => {
    let events = 0;
    const visitor = {
      event(): boolean {
        events++;
        return false;
      },
    };
    const parser = new TraceParser(name, visitor);
    parser.feed(bytes);
    parser.finish();
    lines = parser.lines;
    if (events === 0) throw new Error("the trace has no events");
  };
  return packaged("trace-parse", parse, (calls) => calls * lines);
}
