/** A browser without a window, over Chrome's DevTools protocol on two pipes: needs no library. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: Error;
}

/** How a page is shown. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

/** One page in a browser of its own. Dispose of it. */
export class Page {
  readonly #browser: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #onLoad: (answer: Answer) => void = () => {};
  #last = 0;
  #session = "";
  #ended: Error | undefined;

  private constructor(path: string) {
    this.#folder = mkdtempSync(join(tmpdir(), "rmap-browser-"));
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"];
    this.#browser = spawn(
      path,
      [...flags, "--remote-debugging-pipe", `--user-data-dir=${this.#folder}`, "about:blank"],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    this.#browser.on("error", (error) => this.#end(error));
    this.#browser.on("exit", (code) => this.#end(new Error(`the browser ended with ${code}`)));
    let text = "";
    const out = this.#browser.stdio[4] as Readable;
    out.setEncoding("utf8").on("data", (chunk: string) => {
      const parts = (text + chunk).split("\0");
      text = parts.pop() ?? "";
      for (const part of parts) this.#hear(JSON.parse(part) as Answer);
    });
  }

  /** Starts a browser, and attaches to a page of it. */
  static async open(path: string): Promise<Page> {
    const page = new Page(path);
    const { targetId } = await page.#ask("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await page.#ask("Target.attachToTarget", { targetId, flatten: true });
    page.#session = String(sessionId);
    await page.#ask("Page.enable");
    return page;
  }

  /** Shows a page's text in a window of that size. */
  async show(html: string, { width, height, dark = false }: Look): Promise<void> {
    await this.#ask("Emulation.setDeviceMetricsOverride", {
      ...{ width, height, deviceScaleFactor: 1, mobile: width < 600 },
    });
    await this.#ask("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
    });
    const file = join(this.#folder, "page.html");
    writeFileSync(file, html);
    const loaded = new Promise<Answer>((resolve) => {
      this.#onLoad = resolve;
    });
    await this.#ask("Page.navigate", { url: pathToFileURL(file).href });
    const { error } = await loaded;
    if (error !== undefined) throw error;
  }

  /** The value of an expression in the page. Throws what it throws. */
  async value(expression: string): Promise<unknown> {
    const answer = await this.#ask("Runtime.evaluate", { expression, returnByValue: true });
    if (answer["exceptionDetails"] !== undefined) throw new Error(JSON.stringify(answer["exceptionDetails"]));
    return (answer["result"] as { value?: unknown }).value;
  }

  /** Presses a key, by its name in KeyboardEvent.key. */
  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {};
    await this.#ask("Input.dispatchKeyEvent", { type: "keyDown", key, ...text });
    await this.#ask("Input.dispatchKeyEvent", { type: "keyUp", key });
  }

  /** Clicks the middle of the first element that a selector finds. */
  async click(selector: string): Promise<void> {
    const found = `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()`;
    const [x, y] = (await this.value(
      `(({ x, y, width, height }) => [x + width / 2, y + height / 2])(${found})`,
    )) as number[];
    for (const type of ["mousePressed", "mouseReleased"])
      await this.#ask("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
  }

  /** What is on the screen, as PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.#ask("Page.captureScreenshot");
    return Buffer.from(String(data), "base64");
  }

  /** Ends the browser. */
  async dispose(): Promise<void> {
    const ended = new Promise((resolve) => this.#browser.once("close", resolve));
    if (this.#browser.exitCode === null && this.#browser.signalCode === null) {
      this.#browser.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #ask(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    if (this.#ended !== undefined) throw this.#ended;
    const id = ++this.#last;
    const session = this.#session === "" ? {} : { sessionId: this.#session };
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    (this.#browser.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { result = {}, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  #hear(answer: Answer): void {
    if (answer.method === "Page.loadEventFired") this.#onLoad(answer);
    if (answer.id === undefined) return;
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const answer of [...this.#waiting.values(), this.#onLoad]) answer({ error });
    this.#waiting.clear();
  }
}
