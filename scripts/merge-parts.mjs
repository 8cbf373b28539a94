/**
 * Merges the parts of a bundle that a command loads in any case: esbuild makes a part for each set of modules that the same
 * entries reach, and Node takes most of a millisecond to open one.
 */
import { basename } from "node:path";
import { build } from "esbuild";

/** The parts that `from` loads at once, with those that these load, and itself. */
function closure(parts, from, found = new Set()) {
  if (!parts.has(from)) return found;
  found.add(from);
  for (const { path, kind } of parts.get(from).imports)
    if (kind === "import-statement" && !found.has(basename(path))) closure(parts, basename(path), found);
  return found;
}

/**
 * Which merged file each part goes into, by name. `groups` are names of merged files with modules of src/: a file gets what
 * all of its modules load, and no file before it has. The first module of the first group is an entry, and stays as it is.
 */
function placesOf(parts, groups) {
  const partOf = (module) => {
    const found = [...parts].find(([, { entryPoint }]) => entryPoint === module);
    if (found === undefined) throw new Error(`no part of the bundle begins with ${module}`);
    return found[0];
  };
  const places = new Map();
  for (const [file, modules] of groups) {
    const [first, ...others] = modules.map((module) => closure(parts, partOf(module)));
    for (const part of first) {
      const isEntry = !part.startsWith("part-");
      if (!isEntry && !places.has(part) && others.every((all) => all.has(part))) places.set(part, file);
    }
  }
  return places;
}

/** Adds the parts to merged files. `outputs`: texts by name, and `parts` what esbuild says of them. Returns all texts by name. */
export async function mergeParts(outputs, parts, groups, common) {
  const places = placesOf(parts, groups);
  const order = [...parts.keys()];
  // Two parts may give different things the same name.
  const nameIn = (part, name) => `${name}_${order.indexOf(part)}`;
  /** A part as a module that takes everything from its merged file. */
  const shim = (part) => {
    const names = parts.get(part).exports.map((name) => `${nameIn(part, name)} as ${name}`);
    return `export { ${names.join(", ")} } from "./${places.get(part)}";`;
  };
  const texts = new Map();
  for (const [file] of groups) {
    const members = order.filter((part) => places.get(part) === file);
    const lines = members.flatMap((part) => {
      const names = parts.get(part).exports.map((name) => `${name} as ${nameIn(part, name)}`);
      const { entryPoint } = parts.get(part);
      // Who imports it later asks for its own names.
      const own =
        entryPoint === undefined
          ? ""
          : `export { ${parts.get(part).exports.join(", ")} } from "./${part}";\n`;
      return `import "./${part}";\nexport { ${names.join(", ")} } from "./${part}";\n${own}`;
    });
    const plugin = { name: "merge", setup: (hooks) => resolveParts(hooks, (part) => members.includes(part)) };
    texts.set(file, await bundled({ stdin: { contents: lines.join(""), resolveDir: "/" }, plugin }));
  }
  for (const name of outputs.keys()) {
    if (places.has(name)) continue;
    const plugin = { name: "use", setup: (hooks) => resolveParts(hooks, (part) => part === name) };
    texts.set(name, await bundled({ entryPoints: [`./${name}`], plugin }));
  }
  return texts;

  /** Parts for which `inside` holds are bundled, those of merged files become shims, and all others stay imports. */
  function resolveParts({ onResolve, onLoad }, inside) {
    onResolve({ filter: /./ }, ({ path, kind }) => {
      const part = basename(path);
      if (kind === "entry-point" || (inside(part) && kind !== "dynamic-import"))
        return { path: part, namespace: "part" };
      if (!places.has(part)) return { path, external: true };
      if (kind === "dynamic-import") return { path: `./${places.get(part)}`, external: true };
      return path.endsWith(places.get(part)) ? { path, external: true } : { path: part, namespace: "shim" };
    });
    onLoad({ filter: /./, namespace: "part" }, ({ path }) => ({
      // esbuild keeps the comments that name modules only as legal ones.
      contents: outputs.get(path).replaceAll(/^\/\/ (?=src\/)/gm, "//! "),
    }));
    onLoad({ filter: /./, namespace: "shim" }, ({ path }) => ({ contents: shim(path) }));
  }

  async function bundled({ plugin, ...options }) {
    const { outputFiles } = await build({
      ...{ ...common, ...options, bundle: true, format: "esm", platform: "node", legalComments: "inline" },
      plugins: [plugin],
    });
    return outputFiles[0].text.replaceAll(/^\/\/! (?=src\/)/gm, "// ");
  }
}
