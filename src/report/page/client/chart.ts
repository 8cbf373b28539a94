/** A chart over time: uPlot, with the look of the page, keys, a readout, and marks for the chosen moments. */

import uPlot from "uplot";
import { colour, count, element, onScheme, size, time } from "./look.js";

/** Pixels of a letter of the labels, at most. */
const LETTER = 8;

/** One curve. */
export interface Curve {
  readonly label: string;
  /** A variable of the style. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Only points, for counts that come now and then: of the curve before it. */
  readonly points?: boolean;
  /** The points of its line show where its values were measured. */
  readonly measured?: boolean;
  /** A bar from the curve below to this one; the value to read is this. */
  readonly bars?: readonly number[];
}

/** What a chart shows. */
export interface ChartContent {
  /** Seconds. */
  readonly times: readonly number[];
  readonly curves: readonly Curve[];
}

/** How a chart is drawn. */
export interface ChartLook {
  /** Id of the element that it stands in. */
  readonly id: string;
  readonly whole: number;
  readonly unit: "pages" | "count" | "rate";
  readonly height: number;
  /** Seconds of the moments to mark. */
  readonly marks: readonly number[];
  readonly chosen: () => number | undefined;
}

/** A chart that stays in its element. All charts of a page share one cursor. */
export class Chart {
  readonly #look: ChartLook;
  readonly #box: HTMLElement;
  readonly #read: HTMLElement;
  #content: ChartContent = { times: [], curves: [] };
  #plot: uPlot | undefined;
  #wide = 0;

  constructor(look: ChartLook) {
    this.#look = look;
    this.#box = element(look.id);
    this.#read = element(`${look.id}-read`);
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => {
      const width = Math.floor(this.#box.clientWidth);
      if (width === this.#wide || width === 0) return;
      this.#wide = width;
      this.#plot?.setSize({ width, height: this.#look.height });
    }).observe(this.#box);
    onScheme(() => this.show(this.#content));
  }

  /** Shows curves in the place of the last ones. */
  show(content: ChartContent): void {
    this.#content = content;
    this.#plot?.destroy();
    this.#wide = Math.floor(this.#box.clientWidth) || 320;
    const data = [content.times, ...content.curves.map(({ values }) => values)] as uPlot.AlignedData;
    this.#plot = new uPlot(this.#options(), data, this.#box);
    this.#tell(null);
  }

  /** Draws the marks again. */
  redraw(): void {
    this.#plot?.redraw(false);
  }

  #options(): uPlot.Options {
    const { whole, height, unit } = this.#look;
    const [ink, line] = [colour("--dim"), colour("--line")];
    const grid = { stroke: line, width: 1 };
    const axis = { stroke: ink, grid, ticks: grid, font: "12px system-ui, sans-serif" };
    const narrow = this.#wide < 500;
    return {
      ...{ width: this.#wide, height },
      // Half of the last label stands beside the curves.
      padding: [null, Math.ceil((time(whole, whole).length * LETTER) / 2), null, null],
      legend: { show: false },
      cursor: {
        sync: { key: "time", scales: ["x", null] },
        drag: { x: true, y: false },
        points: { show: false },
        y: false,
      },
      scales: {
        x: {
          time: false,
          // Not zoomed in: all charts show the whole recording. uPlot widens the range of points at one time by itself.
          range: (_plot, low, high) => {
            const { times } = this.#content;
            const [first, last] = [times[0], times.at(-1)];
            const all = first === last || (low === first && high === last);
            return all ? [0, Math.max(whole, 1e-6)] : [low, high];
          },
        },
        y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.05)] },
      },
      axes: [
        {
          ...axis,
          space: narrow ? 60 : 80,
          values: (_plot, splits, _axis, _space, step) => splits.map((at) => time(at, whole, step)),
        },
        {
          ...axis,
          // Room for 1,000,000. The same in all charts, so that their times stand below each other.
          size: 76,
          values: (_, splits) =>
            splits.map((value) =>
              unit === "pages"
                ? size(value).replace(".0 ", " ")
                : value === Math.round(value)
                  ? count(value)
                  : `${value}`,
            ),
          ...(unit === "pages" && { incrs: pageSteps() }),
        },
      ],
      series: [{}, ...this.#content.curves.map((curve) => seriesOf(curve))],
      hooks: {
        setCursor: [(plot) => this.#tell(plot.cursor.idx ?? null)],
        draw: [(plot) => this.#mark(plot)],
      },
    };
  }

  /** Vertical lines at the moments; the chosen one is thicker. */
  #mark(plot: uPlot): void {
    const { marks, chosen } = this.#look;
    const { ctx, bbox } = plot;
    ctx.save();
    for (const seconds of marks) {
      const x = Math.round(plot.valToPos(seconds, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      const now = seconds === chosen();
      ctx.strokeStyle = colour(now ? "--ink" : "--dim");
      ctx.lineWidth = (now ? 2 : 1) * devicePixelRatio;
      ctx.setLineDash(now ? [] : [4 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  #tell(at: number | null): void {
    const { times, curves } = this.#content;
    const seconds = at === null ? undefined : times[at];
    if (at === null || seconds === undefined) {
      this.#read.textContent =
        "Point at the chart, or use ← and → in it. Drag to zoom in, double-click to zoom out.";
      return;
    }
    const parts: string[] = [];
    for (const { label, values, bars, points } of curves) {
      const value = (bars ?? values)[at];
      if (value === null || value === undefined || (bars !== undefined && value === 0)) continue;
      if (points) parts.push(`${parts.pop() ?? ""} (${label} ${this.#text(value)})`);
      else parts.push(`${label} ${this.#text(value)}`);
    }
    this.#read.textContent = `${time(seconds, this.#look.whole)}: ${parts.join(", ") || "nothing"}`;
  }

  #text(value: number): string {
    const { unit } = this.#look;
    if (unit === "pages") return size(value);
    return unit === "rate" && value < 10 ? value.toFixed(1) : count(value);
  }

  /** Moves the cursor by one point, or by a tenth of all with Shift. */
  #key(event: KeyboardEvent): void {
    const plot = this.#plot;
    const { times } = this.#content;
    if (plot === undefined || times.length === 0) return;
    const far = event.shiftKey ? Math.max(1, Math.round(times.length / 10)) : 1;
    const from = plot.cursor.idx ?? -1;
    const to = { ArrowRight: from + far, ArrowLeft: from - far, Home: 0, End: times.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(times.length - 1, to));
    plot.setCursor({ left: plot.valToPos(times[at] as number, "x"), top: 10 });
  }
}

function seriesOf({ colour: name, label, points, bars, measured }: Curve): uPlot.Series {
  const stroke = colour(name);
  if (bars !== undefined) {
    const paths = uPlot.paths.bars?.({ size: [1, 100], gap: 0 });
    return { label, fill: stroke, stroke, width: 0, points: { show: false }, ...(paths && { paths }) };
  }
  if (points)
    return {
      label,
      stroke,
      paths: () => null,
      points: { show: true, size: 4, stroke, fill: colour("--paper"), width: 1 },
    };
  const paths = uPlot.paths.stepped?.({ align: 1 });
  const dots = measured ? { show: true, size: 5, stroke, fill: stroke } : { show: false };
  return { label, stroke, width: 1.5, points: dots, spanGaps: false, ...(paths && { paths }) };
}

/** Steps of an axis of pages that are round in bytes: 4 KiB to 512 KiB by doubling, then 1, 2 and 5 MiB, 10, 20, … */
function pageSteps(): number[] {
  const small = [1, 2, 4, 8, 16, 32, 64, 128];
  const tens = [1, 10, 100, 1000, 10_000, 100_000];
  return [...small, ...tens.flatMap((ten) => [1, 2, 5].map((digit) => 256 * digit * ten))];
}
