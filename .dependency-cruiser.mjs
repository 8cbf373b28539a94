/**
 * The layers of src/, from below to above: a file imports from its own folder and from layers below, types too. Folders in
 * one line do not know each other.
 */
const LAYERS = [
  ["errors"],
  ["platform"],
  ["files", "explore-files", "stress-files", "threads", "race-texts", "inline-data", "engine-sources", "page-scripts"],
  ["text", "views"],
  ["lkmm"],
  ["trace"],
  ["wasm"],
  ["ops"],
  ["compare"],
  ["record"],
  ["cpu"],
  ["inspect"],
  ["engine"],
  ["build"],
  ["script", "replay", "scenario"],
  ["stress", "explore"],
  ["bench", "check"],
  ["report"],
  ["cli"],
];

/** Files that others start from: they import anything, and nothing imports them. */
const ENTRIES = ["index", "inline", "trace", "replay", "explore", "scenarios", "build", "build-core", "explore/worker", "cli/main", "cli/start", "cpu/worker", "build/thread-entry", "stress/row-entry", "explore/row-entry", "check/lane-entry", "check/mutants/judge-entry", "cli/guarded-entry", "report/page/client/replay", "report/page/client/story"];

/** The places of layers, as a pattern of paths. */
const places = (names) => `^src/(${names.join("|")})(/|(\\.d)?\\.ts$)`;

const above = LAYERS.flatMap((layer, height) =>
  layer.map((name) => ({
    name: `${name}-imports-upwards`,
    comment: `src/${name} may import from itself and from: ${LAYERS.slice(0, height).flat().join(", ") || "nothing"}`,
    severity: "error",
    from: { path: places([name]), pathNot: entryPattern() },
    to: { path: "^src/", pathNot: places([...LAYERS.slice(0, height).flat(), name]) },
  })),
);

function entryPattern() {
  return `^src/(${ENTRIES.join("|")})\\.ts$`;
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...above,
    {
      name: "no-cycle",
      comment: "a file must not import itself by way of others, types included",
      severity: "error",
      from: { path: "^(src|test)/" },
      to: { circular: true },
    },
    {
      name: "no-entry",
      comment: "nothing imports a file that is started from outside",
      severity: "error",
      // It is the library once more, with its files as text.
      from: { path: "^src/", pathNot: "^src/inline\\.ts$" },
      to: { path: entryPattern() },
    },
    {
      name: "in-a-layer",
      comment: "a new folder of src/ gets its place in LAYERS",
      severity: "error",
      from: { path: "^src/", pathNot: [places(LAYERS.flat()), "^src/[a-z-]+\\.d\\.ts$", entryPattern()] },
      to: {},
    },
    {
      name: "no-tests",
      comment: "the package works without its tests",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|model|scripts|bench)/" },
    },
    {
      name: "test-imports-another-topic",
      comment: "a test imports from its own folder and from test/support; what two topics need goes there",
      severity: "error",
      from: { path: "^test/([^/]+)/" },
      to: { path: "^test/", pathNot: "^test/($1|support)/" },
    },
    {
      name: "no-undeclared",
      comment: "what src/ imports is a dependency, a peer, or a part of Node",
      severity: "error",
      // Rows of `rmap bench` that only a checkout has: they look whether it is there first. And what the build bundles.
      from: { path: "^src/", pathNot: "^src/(bench/(packaged|model)|wasm/loader|cli/parser|report/page/client/.*)\\.ts$" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev", "unknown", "undetermined"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules|^dist/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
