/** Replays a bundled recording in this page. */
import { replay } from "/dist/replay.js";
import { traceBytes } from "/dist/trace.js";

export default async function run({ trace, cpus }) {
  const bytes = new Uint8Array(await (await fetch(`/traces/${trace}`)).arrayBuffer());
  const { fidelity, contents, leaks, ops } = await replay(traceBytes(bytes, trace), { cpus });
  return { samples: fidelity.samples, exact: fidelity.exact, hash: String(contents.hash), leaks, ops };
}
