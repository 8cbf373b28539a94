/** `rmap variants`: lists the protocols that you can run in place of the engine's own, with their stories. */
import { readSources, shown } from "../../build/sources.js";
import { toJson } from "../../report/json.js";
import { loadVariant, loadVariants, type Variant } from "../../scenario/variant.js";
import type { Paint } from "../../text/paint.js";
import { paragraph } from "../../text/wrap.js";
import type { Command } from "../command.js";
import { fitted, writeResult } from "../terminal.js";

export const variants: Command = {
  usage: "variants [...names]",
  summary: "List the variants: the protocol of each, and the expected result in each scenario",
  options: [["--json", "Print them as one JSON object"]],
  examples: ["variants", "variants 2008-original"],
  async run(names, _options, context) {
    const all = await (names.length > 0 ? Promise.all(names.map(loadVariant)) : loadVariants());
    if (context.json) {
      const list = all.map(({ name, title, story, source, verdicts }) => ({
        name,
        title,
        story,
        source,
        verdicts,
      }));
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

/** For a named variant: also its files, those of the variants below it first. */
async function whole(variant: Variant, paint: Paint): Promise<string> {
  const layers = await Promise.all(
    variant.layers.map(async (folder) => [...(await readSources(folder)).values()].map(({ file }) => file)),
  );
  const files = layers.flat().map((file) => `    ${shown(file)}`);
  const title = files.length > 0 ? ["  Files that replace files of the engine:", ...files] : [];
  return [text(variant, paint), ...title].join("\n");
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
