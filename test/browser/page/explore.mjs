/** Explores races in this page, and is interrupted in one. */
import { explore } from "/dist/explore.js";
import { bundledScenarios } from "/dist/scenarios.js";

const LOST = `
title  A store is lost
setup
  0 mmap 0 1 rw private anon
cpu
  0 write 0 5
cpu
  0 write 0 6
finish
  0 expect 0 5
`;

export default async function run() {
  const races = await bundledScenarios();
  const drop = races.find(({ name }) => name === "drop-drop");
  const clean = await explore(drop);
  const { found } = await explore(LOST);
  const again = await explore(LOST, { replay: found.replay });
  const aborted = new AbortController();
  const stopped = explore(drop, {
    preemptions: 9,
    signal: aborted.signal,
    onProgress: () => aborted.abort(),
  }).catch((error) => error.name);
  return {
    races: races.length,
    clean: { complete: clean.complete, found: clean.found ?? null, executions: clean.executions },
    found: { invariant: found.invariant, events: found.events.length, message: found.message },
    again: again.found?.message,
    stopped: await stopped,
  };
}
