/** The answer to a script, in the form of the kernel's recorded answers. */

/** Outcome of one operation: 0, an errno name, or a signal. */
export type Outcome = 0 | string;

/** A mapping: first page, page after the last, rights as in /proc/PID/maps, file page or null. */
export type DumpVma = readonly [start: number, end: number, perms: string, pgoff: number | null];

/**
 * A present page: page, frame (equal where two mappings share one page, numbered by first appearance; -1 zero page),
 * mapcount (null for the zero page), flags (A anonymous, F file, K ksm, Z zero page, X mapped once), first 8 bytes.
 */
export type DumpPage = readonly [
  page: number,
  frame: number,
  mapcount: number | null,
  flags: string,
  value: bigint,
];

/** Mappings and present pages of one process, in address order. */
export interface DumpProcess {
  readonly vmas: readonly DumpVma[];
  readonly pages: readonly DumpPage[];
}

/** A snapshot of all processes. */
export interface Dump {
  /** How many operations had run. */
  readonly at: number;
  readonly procs: Readonly<Record<string, DumpProcess>>;
}

/** Outcomes of all operations except `dump`, and one snapshot for each `dump`. */
export interface Answer {
  readonly results: readonly Outcome[];
  readonly dumps: readonly Dump[];
}

/**
 * A snapshot before its frames are numbered. A page has a key; two pages have the same key exactly when they are one
 * physical page.
 */
export interface RawPage {
  readonly page: number;
  /** Identity of the physical page; null for the zero page. */
  readonly key: unknown;
  readonly mapcount: number;
  readonly kind: "anon" | "file" | "ksm" | "zero";
  readonly value: bigint;
}

/** Numbers frames by first appearance, in process then page order, and adds the flag letters. */
export class FrameNumbers {
  readonly #ids = new Map<unknown, number>();

  /** The page in the recorded form. */
  page(raw: RawPage): DumpPage {
    if (raw.kind === "zero") return [raw.page, -1, null, "Z", raw.value];
    let id = this.#ids.get(raw.key);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(raw.key, id);
    }
    const letters = raw.kind === "file" ? "F" : raw.kind === "ksm" ? "AK" : "A";
    return [raw.page, id, raw.mapcount, raw.mapcount === 1 ? `${letters}X` : letters, raw.value];
  }
}

/** JSON text with exact 64-bit values, snapshots on lines of their own. `head` has further keys for the front. */
export function printAnswer(answer: Answer, head: Readonly<Record<string, string>> = {}): string {
  const keys = Object.entries(head).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)},`);
  const dumps = answer.dumps.map((d) => `\n${printDump(d)}`);
  return `{${keys.join("")}"results":${JSON.stringify(answer.results)},"dumps":[${dumps.join(",")}\n]}\n`;
}

/** One snapshot as JSON text. */
export function printDump(dump: Dump): string {
  const procs = Object.keys(dump.procs)
    .sort((a, b) => Number(a) - Number(b))
    .map((p) => {
      const { vmas, pages } = dump.procs[p] ?? { vmas: [], pages: [] };
      const shown = pages.map(
        ([page, frame, count, flags, value]) => `[${page},${frame},${count},"${flags}",${value}]`,
      );
      return `${JSON.stringify(p)}:{"vmas":${JSON.stringify(vmas)},"pages":[${shown.join(",")}]}`;
    });
  return `{"at":${dump.at},"procs":{${procs.join(",")}}}`;
}
