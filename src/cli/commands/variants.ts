/** `rmap variants`: the protocols that can be run in place of the engine's own, with their stories. */
import { toJson } from "../../report/json.js";
import { paragraph } from "../../report/wrap.js";
import { loadVariants, type Variant } from "../../scenario/variant.js";
import type { Command } from "../command.js";
import type { Paint } from "../terminal.js";
import { writeResult } from "../terminal.js";

export const variants: Command = {
  usage: "variants",
  summary: "List the variants: the protocol that each has, and what is expected of it in which scenario",
  options: [["--json", "Print them as one JSON object"]],
  examples: ["variants"],
  async run(_, _options, context) {
    const all = await loadVariants();
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
      await writeResult(all.map((variant) => text(variant, context.paint)).join("\n\n"));
    } else {
      context.note("there are no variants in this package");
    }
    return 0;
  },
};

function text({ name, title, story, source, verdicts }: Variant, paint: Paint): string {
  const lines = Object.entries(verdicts).map(([scenario, { expected, by, why }]) => {
    const shown = by ? ` (${by.join(", ")})` : "";
    return paragraph(`${expected} in ${scenario}${shown}: ${why}`);
  });
  return [`${paint("bold", name)}  ${title}`, paragraph(story), paragraph(`From: ${source}`), ...lines].join(
    "\n",
  );
}
