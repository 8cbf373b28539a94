/** The script of the page of a replay: its curves, the choice of processes and moments, and the map. */

import type { ReplayPageData } from "../data.js";
import { Chart, type Curve } from "./chart.js";
import { scattered, stepped, unpackLane } from "./lanes.js";
import { count, element, made, seriesColour, time } from "./look.js";
import { PageMap } from "./page-map.js";

/** Curves that are on at first. */
const FIRST = 6;
/** Names in the legend; the others are in the table. */
const LEGEND = 24;
const FAULTS = [
  ["anonymous", "--a"],
  ["copy-on-write", "--b"],
  ["file", "--c"],
  ["zero page", "--e"],
  ["from swap", "--d"],
] as const;

const data = JSON.parse(element("replay-data").textContent ?? "") as ReplayPageData;
const { seconds: whole, binSeconds } = data;
const bins = Math.max(1, Math.min(1024, Math.floor(whole / binSeconds) + 1));
const times = Array.from({ length: bins }, (_, bin) => bin * binSeconds);
const marks = data.moments.map(({ seconds }) => seconds);
let moment = 0;
const look = { whole, marks, chosen: () => marks[moment], height: 220 };

/** One curve for each process that is on, and the kernel's counts as points. */
const memory = new Chart({ ...look, id: "memory", unit: "pages" });
const lanes = new Map(data.processes.map(({ id, lane }) => [id, unpackLane(lane)]));
const on = new Set(
  data.processes
    .filter(({ peak }) => peak > 0)
    .slice(0, FIRST)
    .map(({ id }) => id),
);
const colourOf = new Map(data.processes.map(({ id }, at) => [id, seriesColour(at)]));

function showMemory(): void {
  const curves = data.processes.flatMap(({ id, name }): Curve[] => {
    const lane = lanes.get(id);
    if (!on.has(id) || lane === undefined) return [];
    const colour = colourOf.get(id) ?? "--a";
    return [
      { label: name, colour, values: stepped(lane, bins) },
      { label: "kernel", colour, values: scattered(lane.bins, lane.kernel, bins), points: true },
    ];
  });
  memory.show({ times, curves });
}

/** A button for each process: pressed while its curve is shown. */
const legend = element("memory-legend");
for (const { id, name, peak } of data.processes.slice(0, LEGEND)) {
  if (peak === 0) break;
  const button = made("button", name, "key");
  button.style.setProperty("--key", `var(${colourOf.get(id)})`);
  button.dataset["process"] = String(id);
  button.addEventListener("click", () => toggle(id));
  legend.append(button);
}

function toggle(id: number): void {
  if (on.has(id)) on.delete(id);
  else on.add(id);
  pressed();
  showMemory();
}

/** Buttons of processes, in the legend and in the table, say whether their curve is on. */
function pressed(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-process]"))
    button.setAttribute("aria-pressed", String(on.has(Number(button.dataset["process"]))));
}

for (const button of element("processes").querySelectorAll<HTMLButtonElement>("button[data-process]")) {
  if (lanes.has(Number(button.dataset["process"]))) {
    button.disabled = false;
    button.addEventListener("click", () => toggle(Number(button.dataset["process"])));
  }
}

/** Faults by kind: bars on top of each other, as a rate. */
const faults = new Chart({ ...look, id: "faults", unit: "rate", height: 180 });
const select = element<HTMLSelectElement>("faults-of");
for (const { id, name } of data.processes) {
  const option = made("option", name);
  option.value = String(id);
  select.append(option);
}

function showFaults(): void {
  const lane = select.value === "" ? unpackLane(data.all) : lanes.get(Number(select.value));
  if (lane === undefined) return;
  const perMillisecond = 1 / (binSeconds * 1000);
  const rates = lane.faults.map((kind) =>
    scattered(lane.bins, kind, bins).map((value) => (value ?? 0) * perMillisecond),
  );
  const sums = new Array<number>(bins).fill(0);
  const curves = FAULTS.map(([label, colour], kind): Curve => {
    const bars = rates[kind] ?? [];
    for (const [bin, rate] of bars.entries()) sums[bin] = (sums[bin] as number) + rate;
    return { label, colour, values: sums.map((sum) => (sum === 0 ? null : sum)), bars };
  });
  // The highest bars first: the lower ones stand before them.
  faults.show({ times, curves: curves.reverse() });
}
select.addEventListener("change", showFaults);

const charts = [memory, faults];
if (document.getElementById("sharing") !== null) {
  const sharing = new Chart({ ...look, id: "sharing", unit: "pages", height: 160 });
  sharing.show({
    times: data.sharing.map(([seconds]) => seconds),
    curves: [
      {
        label: "mapped by processes",
        colour: "--b",
        values: data.sharing.map(([, mapped]) => mapped),
        measured: true,
      },
      {
        label: "in frames",
        colour: "--a",
        values: data.sharing.map(([, , frames]) => frames),
        measured: true,
      },
    ],
  });
  charts.push(sharing);
}
if (data.pressure.length > 1) {
  const pressure = new Chart({ ...look, id: "pressure", unit: "count", height: 180 });
  const column = (at: number) => data.pressure.map((point) => point[at] as number);
  pressure.show({
    times: column(0),
    curves: [
      { label: "scanned", colour: "--e", values: column(2) },
      { label: "freed", colour: "--c", values: column(3) },
      { label: "swapped out", colour: "--d", values: column(4) },
      { label: "swapped in", colour: "--b", values: column(5) },
    ],
  });
  charts.push(pressure);
}

/** The moments: one button each, and the map of the chosen one. */
if (data.moments.length > 0) {
  const spaces = element<HTMLSelectElement>("map-space");
  // It follows the map: so the same address space can be gone to again.
  const map = new PageMap((space) => {
    spaces.value = String(space);
  });
  spaces.addEventListener("change", () => map.goTo(Number(spaces.value)));
  const buttons = data.moments.map(({ title, seconds }, at) => {
    const button = made("button", `${title}: ${time(seconds, whole)}`);
    button.addEventListener("click", () => choose(at));
    element("moments").append(button);
    return button;
  });
  const choose = (at: number): void => {
    moment = at;
    for (const [other, button] of buttons.entries())
      button.setAttribute("aria-pressed", String(other === at));
    const chosen = data.moments[at] as (typeof data.moments)[number];
    map.show(chosen);
    spaces.replaceChildren(
      ...chosen.spaces.map(({ name, mappings }, space) => {
        const pages = mappings.reduce((sum, mapping) => sum + mapping[4], 0);
        const option = made("option", `${name}: ${count(pages)} pages`);
        option.value = String(space);
        return option;
      }),
    );
    for (const chart of charts) chart.redraw();
  };
  choose(
    Math.max(
      0,
      data.moments.findIndex(({ title }) => title.includes("most shared")),
    ),
  );
}
showMemory();
showFaults();
pressed();
document.documentElement.dataset["ready"] = "yes";
