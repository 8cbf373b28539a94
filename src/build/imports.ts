/** What a module may import: its memory, and the hooks of its target. Whatever else it asks for no host would give. */

import { BuildError, type Diagnostic } from "./diagnostic.js";
import { placeIn } from "./piece.js";
import type { SourceTree } from "./sources.js";

/** Throws a BuildError that names the declaration of each import besides the memory, and those of the `allowed` modules. */
export function rejectImports(
  module: WebAssembly.Module,
  allowed: readonly string[],
  sources: SourceTree,
): void {
  const unknown = WebAssembly.Module.imports(module).filter(({ module: from, name }) => {
    return !(from === "env" && name === "memory") && !allowed.includes(from);
  });
  if (unknown.length === 0) return;
  throw new BuildError(
    unknown.map((entry) => declarationOf(entry, sources)),
    "an engine imports nothing but its memory: write what you need in the sources",
  );
}

/** Where an import is declared, as well as its names tell. */
function declarationOf(
  { module, name, kind }: WebAssembly.ModuleImportDescriptor,
  sources: SourceTree,
): Diagnostic {
  const message = `no host gives the ${kind} "${module}.${name}" that is imported here`;
  const last = name.slice(name.lastIndexOf(".") + 1);
  const patterns = [
    new RegExp(`@external\\(\\s*(["'])${literal(module)}\\1\\s*,\\s*(["'])${literal(name)}\\2\\s*\\)`),
    new RegExp(`@external\\(\\s*(["'])${literal(name)}\\1\\s*\\)`),
    new RegExp(`\\bdeclare\\s+(?:function|const|let|var|namespace)\\s+${literal(last)}\\b`),
  ];
  for (const pattern of patterns) {
    for (const source of sources.values()) {
      const at = source.text.search(pattern);
      if (at >= 0) return { ...placeIn(source, at), message };
    }
  }
  const file = sources.get(`${module}.ts`)?.file ?? sources.get("index.ts")?.file ?? "assembly/index.ts";
  return { file, line: 1, column: 1, message };
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
