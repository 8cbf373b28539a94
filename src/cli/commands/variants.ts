/** `rmap variants`: the protocols that can be run in place of the engine's own, with their stories. */
import { composeEngine } from "../../build/compose.js";
import type { Change } from "../../build/overlay.js";
import { shown } from "../../build/sources.js";
import { UsageError } from "../../errors.js";
import { toJson } from "../../report/json.js";
import { loadVariant, loadVariants, type Variant } from "../../scenario/variant.js";
import type { Paint } from "../../text/paint.js";
import { paragraph } from "../../text/wrap.js";
import type { Command } from "../command.js";
import { fitted, writeResult } from "../terminal.js";

export const variants: Command = {
  usage: "variants [...names]",
  summary: "List the variants: the protocol that each has, and what is expected of it in which scenario",
  options: [
    ["--json", "Print them as one JSON object"],
    ["--source", "Print the source files that a named variant changes, with its changes in them"],
  ],
  examples: ["variants", "variants 2008-original", "variants 2008-original --source"],
  async run(names, { source }, context) {
    const all = await (names.length > 0 ? Promise.all(names.map(loadVariant)) : loadVariants());
    if (source === true) {
      if (names.length === 0)
        throw new UsageError("--source needs the name of a variant", "`rmap variants` lists all");
      if (context.json) throw new UsageError("--source and --json do not go together");
      await writeResult((await Promise.all(all.map(composed))).join("\n"));
    } else if (context.json) {
      const list = await Promise.all(all.map((variant) => forJson(variant, names.length > 0)));
      await writeResult(toJson({ schema: "rmap.variants/1", variants: list }, 2));
    } else if (all.length > 0) {
      const texts = await Promise.all(
        all.map((variant) => (names.length > 0 ? whole : text)(variant, context.paint)),
      );
      await writeResult(fitted(texts.join("\n\n")));
    } else {
      context.note("there are no variants in this package");
    }
    return 0;
  },
};

/** As JSON; of one that is named also what it changes. */
async function forJson({ name, title, story, source, verdicts, layers }: Variant, isNamed: boolean) {
  const about = { name, title, story, source, verdicts };
  if (!isNamed) return about;
  const { changes } = await composeEngine([layers].filter(({ length }) => length > 0));
  return {
    ...about,
    changes: changes.map(({ path, file, names = "all" }) => ({ path, file, declarations: names })),
  };
}

/** Of one that is named: what it changes as well, in the variants below it first. */
async function whole(variant: Variant, paint: Paint): Promise<string> {
  const layers = [variant.layers].filter(({ length }) => length > 0);
  const { changes } = await composeEngine(layers);
  const title = changes.length > 0 ? ["  It replaces:", ...changes.map(changed)] : [];
  return [text(variant, paint), ...title].join("\n");
}

function changed({ path, file, names }: Change): string {
  const what = names === undefined ? "a file of its own" : names.join(", ");
  return paragraph(`${shown(path)}: ${what} (${shown(file)})`, 4);
}

/** The files that a variant changes, as they are compiled, each below a line with its path. */
async function composed({ layers }: Variant): Promise<string> {
  const { sources, changes } = await composeEngine([layers].filter(({ length }) => length > 0));
  const paths = [...new Set(changes.map(({ path }) => path))];
  return paths.map((path) => `// assembly/${shown(path)}\n\n${sources.get(path)?.text ?? ""}`).join("\n");
}

function text({ name, title, story, source, verdicts }: Variant, paint: Paint): string {
  const lines = Object.entries(verdicts).map(([scenario, { expected, by, why }]) => {
    const shown = by ? ` (${by.join(", ")})` : "";
    return paragraph(`${expected} in ${scenario}${shown}: ${why}`);
  });
  return [`${paint("bold", name)}  ${title}`, paragraph(story), paragraph(`From: ${source}`), ...lines].join(
    "\n",
  );
}
