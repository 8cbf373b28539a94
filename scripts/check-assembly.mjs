/**
 * Checks the rules that the compiler does not know, over assembly/, overlays/ and variants/.
 *
 *   node scripts/check-assembly.mjs [ROOT]
 *
 * Prints `file:line: rule: what to do` for every finding; exit code 1 when there is one. Imports of overlays and variants are
 * looked at in the text that is compiled, with the overlay's declarations in the file below. The rules follow from one fact:
 * every CPU is an instance of its own on one shared memory, so whatever an instance brings along (globals, static
 * data, an allocator's cursor) is either lost to the others or written over what they made of it. Four more rules are about
 * reading: each use of an ordering function names its partner, the partner is there, no line of assembly/ is too long, and
 * each export has a user.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";
import { optionsOf } from "./options.mjs";

/** Folders (and the files beside them), from left to right: a file imports from its own place and from the left. */
const ORDER = [
  ...["layout", "obj", "arch", "sync", "lib", "mem", "lru", "pt", "vma", "file", "swap", "rmap", "ksm"],
  ...["reclaim", "mm", "check", "boot", "ops", "queue", "index"],
];

/** Where `atomic.*` may be written: everything else uses the names of arch/, which state the order they need. */
const ATOMICS = ["arch"];

/** Where plain `load` and `store` may be written: everything else uses the fields of obj/. */
const PLAIN_ACCESS = ["arch", "obj", "lib", "pt", "mem"];

/** The files that may hold mutable globals. */
const MUTABLE = ["arch/cpu.ts"];

/** Functions that order one access against others: a comment beside each use says with which access it pairs. */
const ORDERING =
  /^(storeRelease|loadAcquire|xchg)(32|64)$|^(rcuAssignPointer|rcuDereference|smpMb|smpWmb|smpRmb)$|^seq(WriteBegin|WriteEnd|Read|Retry)$/;

/** The longest line of assembly/. */
const LONGEST = 120;

/** Calls that the compiler folds, and that may therefore stand in the initializer of a module-level constant. */
const FOLDED = /^(offsetof|sizeof|alignof|[iu](8|16|32|64)|[iu]size|bool|select|min|max|clz|ctz|popcnt)$/;

const home = fileURLToPath(new URL("..", import.meta.url));
/** The checked project, what is found in it, its tree, and the builder's functions: `checkProject` sets them. */
let root = home;
let findings = [];
let base = new Map();
let composer;

/** Source files of a folder, by path below it; empty when there is no such folder. */
function readTree(folder) {
  const tree = new Map();
  let entries = [];
  try {
    entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  } catch {
    return tree;
  }
  for (const entry of entries) {
    if (!entry.isFile() || !/(?<!\.d)\.ts$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(join(root, folder), file).replaceAll("\\", "/");
    const text = readFileSync(file, "utf8");
    tree.set(path, parsed(path, file, text));
  }
  return tree;
}

/** A file's syntax tree, and what the rules ask of it. */
function parsed(path, file, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  return { path, file: relative(root, file), text, source, imports: importsOf(path, source) };
}

/** What a file imports or re-exports by relative paths: target below the tree's root, and the statement. */
function importsOf(path, source) {
  return source.statements
    .filter((node) => (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
    .map((node) => ({ node, specifier: node.moduleSpecifier.text }))
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ node, specifier }) => ({
      node,
      target: posix.join(posix.dirname(path), specifier).replace(/(\.ts)?$/, ".ts"),
    }));
}

/** The part of a path that ORDER lists: its top folder, or the file's own name at the top. */
function placeOf(path) {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path.replace(/\.ts$/, "");
}

/** False for what an overlay's file has from the file below it: that is looked at in its own place. */
function isOwn(file, node) {
  return !file.placeOf || file.owns(file.placeOf(node.getStart(file.source)).file);
}

function report(file, node, rule, advice) {
  if (!isOwn(file, node)) return;
  if (file.placeOf) {
    const place = file.placeOf(node.getStart(file.source));
    findings.push({ file: relative(root, place.file), line: place.line, text: `${rule}: ${advice}` });
    return;
  }
  const line = file.source.getLineAndCharacterOfPosition(node.getStart(file.source)).line + 1;
  findings.push({ file: file.file, line, text: `${rule}: ${advice}` });
}

function hasDecorator(node, name) {
  return ts.getDecorators(node)?.some(({ expression }) => expression.getText() === name) ?? false;
}

/** Rules about statements at the top of a module: what runs, or lives, once an instance. */
function checkTopLevel(file) {
  for (const node of file.source.statements) {
    if (ts.isVariableStatement(node)) {
      if (node.declarationList.flags & ts.NodeFlags.Const) checkConstant(file, node);
      else if (!MUTABLE.includes(file.path)) {
        report(
          file,
          node,
          "module-level let",
          "globals are per CPU; keep the value in shared memory (obj/ctl, obj/cpu)",
        );
      }
    } else if (
      !ts.isImportDeclaration(node) &&
      !ts.isExportDeclaration(node) &&
      !ts.isFunctionDeclaration(node) &&
      !ts.isClassDeclaration(node) &&
      !ts.isInterfaceDeclaration(node) &&
      !ts.isTypeAliasDeclaration(node) &&
      !ts.isEnumDeclaration(node) &&
      !ts.isModuleDeclaration(node) &&
      node.kind !== ts.SyntaxKind.EmptyStatement
    ) {
      report(file, node, "top-level statement", "it would run once for every CPU; call it from boot()");
    }
  }
}

/** A module-level constant must fold: otherwise it is computed once an instance, in a start function. */
function checkConstant(file, statement) {
  const visit = (node) => {
    if (ts.isCallExpression(node) && !FOLDED.test(node.expression.getText())) {
      report(
        file,
        node,
        "constant that calls",
        "only what the compiler folds may initialize a module-level const",
      );
    }
    ts.forEachChild(node, visit);
  };
  for (const { initializer } of statement.declarationList.declarations) if (initializer) visit(initializer);
}

/** True for a string that never reaches the module: a decorator's argument, an import, or a field name of offsetof. */
function isCompileTimeString(node) {
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  if (!ts.isCallExpression(parent)) return false;
  return ts.isDecorator(parent.parent) || parent.expression.getText() === "offsetof";
}

/** Rules about single nodes, wherever they stand. */
function checkNode(file, node) {
  const place = placeOf(file.path);
  if (ts.isNewExpression(node)) {
    report(
      file,
      node,
      "new",
      "its allocator is per CPU; take the object from a slab (mem/) and use changetype",
    );
  } else if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
    if (!isCompileTimeString(node)) {
      report(
        file,
        node,
        "string",
        "strings become static data; use a number from layout.ts, text belongs to the host",
      );
    }
  } else if (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node)) {
    report(
      file,
      node,
      "literal object",
      "arrays and objects are managed; write the values to the arena at boot",
    );
  } else if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) {
    report(
      file,
      node,
      "closure",
      "pass a visitor class as a type parameter: walk<V>, changetype<V>(0).one(…)",
    );
  } else if (
    ts.isFunctionDeclaration(node) &&
    !ts.isSourceFile(node.parent) &&
    !ts.isModuleBlock(node.parent)
  ) {
    report(file, node, "closure", "declare the function at the top of the module");
  } else if (ts.isClassDeclaration(node) && !hasDecorator(node, "unmanaged")) {
    report(file, node, "managed class", "put @unmanaged before it: objects live in the arena");
  } else if (ts.isPropertyAccessExpression(node) && node.expression.getText() === "atomic") {
    if (node.name.text === "fence") {
      // Binaryen's `precompute` takes it for a constant without a value, whatever stands around it.
      report(
        file,
        node,
        "atomic.fence",
        "the optimiser removes it; use a read-modify-write of this CPU's own word",
      );
    } else if (!ATOMICS.includes(place)) {
      report(
        file,
        node,
        `atomic.${node.name.text}`,
        "use the function of arch/ whose name states the order you need",
      );
    }
  } else if (ts.isCallExpression(node) && /^(load|store)$/.test(node.expression.getText())) {
    if (!PLAIN_ACCESS.includes(place)) {
      report(
        file,
        node,
        `plain ${node.expression.getText()}`,
        "use a field of obj/, or arch/ if another CPU may race",
      );
    }
  }
  ts.forEachChild(node, (child) => checkNode(file, child));
}

/** Imports run one way. */
function checkOrder(file, tree) {
  const place = ORDER.indexOf(placeOf(file.path));
  if (place < 0) {
    const name = placeOf(file.path);
    report(
      file,
      file.source,
      "order",
      `${name} has no place in the order of imports; add it to ORDER in this script`,
    );
    return;
  }
  for (const { node, target } of file.imports) {
    if (!tree.has(target)) report(file, node, "import", `there is no ${target}`);
    else if (ORDER.indexOf(placeOf(target)) > place) {
      const [from, to] = [placeOf(file.path), placeOf(target)];
      report(
        file,
        node,
        "import to the right",
        `${from} stands left of ${to}; move the shared part left, or call from above`,
      );
    }
  }
}

/** Comments that silence the editor hide real mistakes too. */
function checkComments(file) {
  for (const match of file.text.matchAll(/@ts-(ignore|nocheck|expect-error)/g)) {
    const line = file.source.getLineAndCharacterOfPosition(match.index).line + 1;
    findings.push({
      file: file.file,
      line,
      text: `${match[0]}: take it out; assembly/tsconfig.json knows the decorators`,
    });
  }
}

/** Reports each cycle of imports that holds a file of `interesting`, once, at its first file. */
function checkCycles(tree, interesting) {
  const state = new Map();
  const seen = new Set();
  const visit = (path, trail) => {
    if (state.get(path) === "done" || !tree.has(path)) return;
    if (state.get(path) === "open") {
      const cycle = trail.slice(trail.indexOf(path));
      const key = [...cycle].sort().join();
      const arrow = (member) => {
        const next = cycle[(cycle.indexOf(member) + 1) % cycle.length];
        return tree.get(member).imports.find(({ target }) => target === next).node;
      };
      const at = cycle.find((member) => interesting.has(member) && isOwn(tree.get(member), arrow(member)));
      if (at === undefined || seen.has(key)) return;
      seen.add(key);
      const node = arrow(at);
      report(
        tree.get(at),
        node,
        "import cycle",
        `${[...cycle, path].join(" → ")}; move what both need to a third file`,
      );
      return;
    }
    state.set(path, "open");
    for (const { target } of tree.get(path).imports) visit(target, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of [...tree.keys()].sort()) visit(path, []);
}

/** The comments that belong to a node: within three lines above it, behind it, and those above the declarations around it. */
function commentsOf(file, node) {
  const lines = file.text.split("\n");
  const line = file.source.getLineAndCharacterOfPosition(node.getStart(file.source)).line;
  let start = Math.max(0, line - 3);
  // A run of comment lines counts whole.
  while (start > 0 && /^\s*\/\//.test(lines[start]) && /^\s*\/\//.test(lines[start - 1])) start--;
  const near = lines.slice(start, line + 1).flatMap((text) => text.match(/\/\/.*/) ?? []);
  const docs = [];
  for (let at = node; at && !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) {
      const ranges = ts.getLeadingCommentRanges(file.text, at.getFullStart()) ?? [];
      docs.push(...ranges.map(({ pos, end }) => file.text.slice(pos, end)));
    }
  }
  return [...near, ...docs]
    .map((text) => text.replace(/^\s*(\/\/|\*)/gm, " "))
    .join(" ")
    .replace(/\s+/g, " ");
}

/** Each use of an ordering function says with whom it pairs. */
function checkPairing(file) {
  const visit = (node) => {
    if (ts.isCallExpression(node) && ORDERING.test(node.expression.getText())) {
      const name = node.expression.getText();
      const text = commentsOf(file, node);
      if (!/Pairs with|Orders nothing/.test(text)) {
        report(
          file,
          node,
          "unpaired",
          `say beside ${name} "Pairs with NAME in FILE", or "Orders nothing" and why`,
        );
      }
    }
    ts.forEachChild(node, visit);
  };
  if (!ATOMICS.includes(placeOf(file.path)) || !/\/(access|rmw|barrier)\.ts$/.test(file.path))
    visit(file.source);
}

/** Whoever a comment names after "Pairs with" is there: the file, and in it each name that is written like a function's. */
function checkPartners(file, tree) {
  for (const comment of file.text.matchAll(/\/\*\*[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n?)+|\/\/.*/gm)) {
    const text = comment[0].replace(/^\s*(\/\*\*|\/\/|\*\/?)/gm, " ").replace(/\s+/g, " ");
    for (const [sentence] of text.matchAll(/Pairs with .*?(?=[.:] |[.:]?\s*(?:\*\/)?$)/g)) {
      for (const [, names, path] of sentence.matchAll(/(.*?)\b([\w/]+\.ts)\b/g)) {
        const target = path.startsWith("src/") ? hostText(path) : tree.get(path)?.text;
        const wrong = target === undefined ? path : missing(target, names);
        const line = file.source.getLineAndCharacterOfPosition(comment.index).line + 1;
        if (wrong === undefined) continue;
        const where = target === undefined ? "" : ` in ${path}`;
        findings.push({
          file: file.file,
          line,
          text: `pairing: there is no ${wrong}${where}; name who this pairs with`,
        });
      }
    }
  }
}

/** The first of the names in a text, as functions are written, that a file does not have. */
function missing(target, names) {
  return names.match(/\b[a-z]+(?:[A-Z]\w*|\d+)/g)?.find((name) => !new RegExp(`\\b${name}\\b`).test(target));
}

/** Text of a file of the host, or undefined; of any text where the host is not there. */
function hostText(path) {
  if (!existsSync(join(root, "src"))) return "";
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}

/** No line is longer than LONGEST. */
function checkWidth(file) {
  file.text.split("\n").forEach((text, i) => {
    if (text.length <= LONGEST) return;
    findings.push({
      file: file.file,
      line: i + 1,
      text: `long line: ${text.length} characters; break it at ${LONGEST}`,
    });
  });
}

/** Names that a declaration exports. */
function exportsOf(file) {
  return file.source.statements
    .filter(
      (node) =>
        ts.canHaveModifiers(node) &&
        ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword),
    )
    .flatMap((node) => (ts.isVariableStatement(node) ? node.declarationList.declarations : [node]))
    .filter((node) => node.name)
    .map((node) => ({ node, name: node.name.text }));
}

/** What a tree imports or re-exports, as `path#name`; `path#*` for all that a file has. */
function usesOf(tree) {
  return [...tree.values()].flatMap((file) =>
    file.imports.flatMap(({ node, target }) => {
      const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause;
      const elements = bindings?.elements;
      if (!elements) return [`${target}#*`];
      return elements.map((element) => `${target}#${(element.propertyName ?? element.name).text}`);
    }),
  );
}

/** Every export of assembly/ has a user: in assembly/ itself, or in a folder that is laid over it. */
function checkExports(tree, uses) {
  for (const file of tree.values()) {
    // The host reads the constants of layout.ts and the structures of obj/ from the module.
    if (["index", "layout", "obj"].includes(placeOf(file.path)) || uses.has(`${file.path}#*`)) continue;
    for (const { node, name } of exportsOf(file)) {
      if (uses.has(`${file.path}#${name}`)) continue;
      report(file, node, "unused export", `nobody imports ${name}; take "export" or the declaration out`);
    }
  }
}

/** The rules that ask for nothing outside of the file. */
function checkAlone(file) {
  checkTopLevel(file);
  checkNode(file, file.source);
  checkComments(file);
}

/** The builder's own way to lay overlays over sources, from its source text: the checks need no `dist/`. */
async function loadComposer() {
  const parts = {
    ...{ overlay: "layOver", "read-layers": "readLayers" },
    ...{ piece: "placeIn", "read-sources": "readSources" },
  };
  const lines = Object.entries(parts).map(
    ([file, names]) => `export { ${names} } from "./src/build/${file}.ts";`,
  );
  const { outputFiles } = await build({
    stdin: { contents: lines.join("\n"), resolveDir: home },
    ...{ bundle: true, write: false, format: "esm", platform: "node", target: "node20" },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** The folders that lie one over the other below a folder, and itself: a variant may name another as its base. */
function layersOf(folder, above = []) {
  let base;
  try {
    base = JSON.parse(readFileSync(join(root, folder, "variant.json"), "utf8")).base;
  } catch {
    // An overlay has no such file, and what is wrong with one is said by whoever needs it.
  }
  if (typeof base !== "string" || above.includes(base)) return [folder];
  return [...layersOf(`variants/${base}`, [...above, base]), folder];
}

/** The tree of imports with a folder laid over it; undefined where it does not fit, with a finding unless `quiet`. */
async function composed(folder, sources, quiet) {
  const overlay = layersOf(folder).map((layer) => join(root, layer));
  const own = join(root, folder, "/");
  try {
    const { sources: all } = composer.layOver(sources, await composer.readLayers(sources, [overlay]));
    const changed = [...all].filter(([path, source]) => source !== sources.get(path));
    const files = changed.map(([path, source]) => {
      const placeOf = (offset) => composer.placeIn(source, offset);
      return [
        path,
        { ...parsed(path, source.file, source.text), placeOf, owns: (file) => file.startsWith(own) },
      ];
    });
    return new Map([...base, ...files]);
  } catch (error) {
    if (!error.code) throw error;
    if (quiet) return undefined;
    const places = error.diagnostics ?? [{ file: error.files?.[0] ?? own, line: 1, message: error.message }];
    for (const { file, line, message } of places) {
      findings.push({ file: relative(root, file), line, text: `overlay: ${message.replaceAll(root, "")}` });
    }
    return undefined;
  }
}

/** Every folder that is laid over assembly/. */
function overlayFolders() {
  return ["overlays", "variants"].flatMap((parent) => {
    try {
      return readdirSync(join(root, parent), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${parent}/${entry.name}`);
    } catch {
      return [];
    }
  });
}

/** Checks a project; gives its findings, a line each. Throws an error when it has no sources. One project at a time. */
export async function checkProject(folder) {
  root = resolve(folder);
  findings = [];
  base = readTree("assembly");
  if (base.size === 0) throw new Error(`${join(root, "assembly")}: there are no sources to check`);
  for (const file of base.values()) {
    checkAlone(file);
    checkOrder(file, base);
  }
  checkCycles(base, new Set(base.keys()));
  for (const file of base.values()) {
    checkPairing(file);
    checkPartners(file, base);
    checkWidth(file);
  }
  const uses = new Set(usesOf(base));
  composer ??= await loadComposer();
  const sources = await composer.readSources(join(root, "assembly"));
  for (const overlayFolder of overlayFolders()) {
    const overlay = readTree(overlayFolder);
    const before = findings.length;
    for (const file of overlay.values()) checkAlone(file);
    // A finding of its own says it better than that the folder does not fit.
    const tree = await composed(overlayFolder, sources, findings.length > before);
    if (tree === undefined) continue;
    for (const path of overlay.keys()) checkOrder(tree.get(path), tree);
    checkCycles(tree, new Set(overlay.keys()));
    for (const use of usesOf(overlay)) uses.add(use);
  }
  checkExports(base, uses);
  findings.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  return findings.map(({ file, line, text }) => `${file}:${line}: ${text}`);
}

/** Runs as a program. */
async function main() {
  const { positionals } = optionsOf({ allowPositionals: true, options: {} });
  process.stdout.on("error", () => {}); // a closed pipe ends quietly
  try {
    const lines = await checkProject(positionals[0] ?? home);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    if (lines.length > 0) process.exitCode = 1;
  } catch (error) {
    if (base.size > 0) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
