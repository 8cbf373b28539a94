/** Makes the calls of an input of the kind `library`, and says what a caller must not see. */
import { Attempts, quiet } from "./library-attempts.js";
import { type EngineHandle, gone, type Handle, type Owned } from "./library-handles.js";
import { type Call, ODD_VALUES, type Value } from "./library-input.js";
import {
  isPlain,
  oddMapOptions,
  oddOptions,
  type Refusal,
  show,
  wrongAddress,
  wrongArguments,
  wrongNumber,
  wrongWord,
} from "./library-refusal.js";
import type { Product } from "./product.js";

const PAGE = 4096;

/** Runs a sequence of calls; `findings` gets what is wrong. Rejects only for a mistake of this runner. */
export async function runCalls(product: Product, calls: readonly Call[], findings: string[]): Promise<void> {
  const run = new LibraryRun(product, findings);
  try {
    for (const call of calls) await run.step(call);
    await run.end();
  } finally {
    await run.dispose();
  }
}

class LibraryRun {
  readonly #product: Product;
  readonly #attempts: Attempts;
  readonly #engines: EngineHandle[] = [];
  readonly #spaces: Owned[] = [];
  readonly #files: Owned[] = [];
  readonly #pins: Owned[] = [];
  readonly #maps: number[] = [];

  constructor(product: Product, findings: string[]) {
    this.#product = product;
    this.#attempts = new Attempts(product, findings);
  }

  async step(call: Call): Promise<void> {
    if (this.#attempts.crashed) return;
    const args = (call.args ?? []).map((value) => this.#value(value));
    const options = Object.fromEntries(
      Object.entries(call.options ?? {}).map(([key, value]) => [
        key,
        typeof value === "boolean" ? value : this.#value(value),
      ]),
    );
    if (call.call === "engines") return this.#start(options);
    if (call.call === "create") return this.#create(options, oddOptions(options));
    if (call.call === "createWith")
      return this.#create(
        args[0],
        args[0] === undefined || isPlain(args[0]) ? undefined : "options that are no object",
      );
    const engine = this.#at(this.#engines, call.engine) ?? this.#engines[0];
    const space = this.#at(this.#spaces, call.space);
    if (!engine) return;
    switch (call.call) {
      case "spawn": {
        const ended = await this.#attempts.make("spawn", gone(engine), () => engine.handle.spawn?.());
        if ("value" in ended)
          this.#spaces.push({ handle: ended.value as Handle, owner: engine, gone: false });
        return;
      }
      case "file": {
        const [pages] = args;
        const wrong =
          Number.isSafeInteger(pages) && (pages as number) > 0 ? undefined : `${show(pages)} pages`;
        const ended = await this.#attempts.make("file", gone(engine) ?? wrong, () =>
          engine.handle.file?.(pages),
        );
        if ("value" in ended) this.#files.push({ handle: ended.value as Handle, owner: engine, gone: false });
        return;
      }
      case "stats":
      case "check":
        await this.#attempts.make(call.call, gone(engine), () => engine.handle[call.call]?.());
        return;
      case "dispose":
        engine.disposed = true;
        await this.#attempts.make("dispose", undefined, () => engine.handle.dispose?.());
        return;
      case "clone":
        await this.#attempts.make("structuredClone", undefined, () => structuredClone(engine.handle), true);
        return;
      case "nested":
        return this.#nested(engine);
      case "drop": {
        const file = this.#at(this.#files, call.other);
        if (!file) return;
        await this.#attempts.make("drop", file.gone ? undefined : gone(file.owner), () =>
          file.handle.drop?.(),
        );
        file.gone = true;
        return;
      }
      case "pinRead":
      case "pinWrite":
      case "unpin":
        return this.#ofPin(call, args);
    }
    if (space) await this.#ofSpace(call, space, engine, args, options);
  }

  /** Invariants hold in the end, whatever was called. */
  async end(): Promise<void> {
    if (this.#attempts.crashed) return;
    for (const engine of this.#engines)
      if (!engine.disposed) await this.#attempts.make("check", undefined, () => engine.handle.check?.());
  }

  async dispose(): Promise<void> {
    await Promise.allSettled(this.#engines.map(({ handle }) => handle.dispose?.()));
  }

  async #start(options: Record<string, unknown>): Promise<void> {
    const { content, cpus } = options;
    for (const memory of [2 ** 20, 2 ** 21]) {
      const handle = await this.#product.create({ checked: true, content, cpus, memory, spaces: 64 });
      const engine = { handle: handle as unknown as Handle, content: String(content), disposed: false };
      this.#engines.push(engine);
      await this.step({ call: "spawn", engine: this.#engines.length - 1 });
      await this.step({ call: "mmap", space: this.#spaces.length - 1, args: [4 * PAGE] });
    }
  }

  async #create(options: unknown, wrong: Refusal): Promise<void> {
    const ended = await this.#attempts.make("create", wrong, () => this.#product.create(options));
    if ("value" in ended) await (ended.value as Handle).dispose?.();
  }

  async #ofSpace(
    call: Call,
    space: Owned,
    engine: EngineHandle,
    args: readonly unknown[],
    options: Record<string, unknown>,
  ): Promise<void> {
    const { handle, owner } = space;
    const dead: Refusal = space.gone ? "an address space that has ended" : gone(owner);
    switch (call.call) {
      case "mmapFile": {
        const file = this.#at(this.#files, call.other);
        if (!file) return;
        const foreign = file.owner === owner ? undefined : "a file of another engine";
        return this.#map(space, args, { ...options, file: file.handle }, dead ?? foreign);
      }
      case "mmap":
        return this.#map(space, args, options, dead);
      case "write":
        return this.#write(space, args, dead);
      case "fork": {
        const ended = await this.#attempts.make("fork", dead, () => handle.fork?.());
        if ("value" in ended) this.#spaces.push({ handle: ended.value as Handle, owner, gone: false });
        return;
      }
      case "exit": {
        const ended = await this.#attempts.make("exit", dead, () => handle.exit?.());
        if ("value" in ended) space.gone = true;
        return;
      }
      case "pin": {
        const ended = await this.#attempts.make("pin", dead ?? wrongAddress(args[0]), () =>
          handle.pin?.(...args),
        );
        if ("value" in ended) this.#pins.push({ handle: ended.value as Handle, owner, gone: false });
        return;
      }
      case "batch":
      case "batchFork":
        return this.#batch(call, space, engine, args);
      default: {
        const wrong = dead ?? wrongArguments(call.call, args);
        await this.#attempts.make(call.call, wrong, () => handle[call.call]?.(...args));
      }
    }
  }

  async #map(
    space: Owned,
    args: readonly unknown[],
    options: Record<string, unknown>,
    dead: Refusal,
  ): Promise<void> {
    const wrong = dead ?? wrongNumber("a length", args[0]) ?? oddMapOptions(options);
    const ended = await this.#attempts.make("mmap", wrong, () => space.handle.mmap?.(args[0], options));
    if ("value" in ended && typeof ended.value === "number") this.#maps.push(ended.value);
  }

  /** A write that is accepted must be what is read afterwards, and leave the bytes in front of it alone. */
  async #write({ handle, owner }: Owned, [address, value]: readonly unknown[], dead: Refusal): Promise<void> {
    const wrong = dead ?? wrongAddress(address) ?? wrongWord(value);
    const offset = typeof address === "number" ? address % 8 : 0;
    const before =
      owner.content === "full" && offset !== 0 && !dead
        ? await quiet(() => handle.read?.((address as number) - offset))
        : undefined;
    const ended = await this.#attempts.make("write", wrong, () => handle.write?.(address, value));
    if (!("value" in ended) || wrong) return;
    const read = await quiet(() => handle.read?.(address));
    const expected = BigInt.asUintN(64, BigInt(value as bigint));
    if (read !== undefined && read !== expected)
      this.#attempts.find(`write of ${show(value)}: another value is read afterwards`);
    if (before === undefined) return;
    const after = await quiet(() => handle.read?.((address as number) - offset));
    const mask = 2n ** BigInt(offset * 8) - 1n;
    if (after !== undefined && ((after as bigint) & mask) !== ((before as bigint) & mask))
      this.#attempts.find("write at an address that is no multiple of 8: bytes in front of it changed");
  }

  async #ofPin(call: Call, args: readonly unknown[]): Promise<void> {
    const pin = this.#at(this.#pins, call.other);
    if (!pin) return;
    const dead: Refusal = pin.gone ? "a pin that was dropped" : gone(pin.owner);
    if (call.call === "unpin") {
      await this.#attempts.make("unpin", dead, () => pin.handle.unpin?.());
      pin.gone = true;
      return;
    }
    const name = call.call === "pinRead" ? "read" : "write";
    const wrong = dead ?? (name === "write" ? wrongWord(args[0]) : undefined);
    await this.#attempts.make(`pin.${name}`, wrong, () => pin.handle[name]?.(...args));
  }

  async #batch(call: Call, space: Owned, engine: EngineHandle, args: readonly unknown[]): Promise<void> {
    if (engine.disposed || Number(engine.handle.cpus) === 0) return;
    const batch = engine.handle.batch?.() as Handle;
    const cpu = batch.on?.(0) as Handle;
    const wrong: Refusal =
      space.owner !== engine
        ? "an address space of another engine"
        : space.gone
          ? "an address space that has ended"
          : undefined;
    if (call.call === "batch") {
      const ended = await this.#attempts.make(
        "batch.write",
        wrong ?? wrongAddress(args[0]) ?? wrongWord(args[1]),
        () => cpu.write?.(space.handle, ...args),
      );
      if ("error" in ended) return;
    } else {
      const child = this.#at(this.#spaces, call.other);
      if (!child) return;
      const taken =
        child.owner !== engine || child.gone ? "a child that is another engine's, or has ended" : undefined;
      const ended = await this.#attempts.make("batch.fork", wrong ?? taken, () =>
        cpu.fork?.(space.handle, child.handle),
      );
      if ("error" in ended) return;
      // A living space is in use: the fork must come to nothing.
      const run = await this.#attempts.make("batch.run", undefined, () => batch.run?.());
      const [result] = "value" in run ? (run.value as readonly { readonly result: unknown }[]) : [];
      if (result?.result === 0) this.#attempts.find("batch.fork into an address space that is in use: done");
      return;
    }
    await this.#attempts.make("batch.run", undefined, () => batch.run?.());
  }

  /** A batch that is run where another one of the same engine is being run must be refused, or come to an end. */
  async #nested(engine: EngineHandle): Promise<void> {
    const { exclusive } = engine.handle;
    if (engine.disposed || typeof exclusive !== "function" || Number(engine.handle.cpus) === 0) return;
    await this.#attempts.make("batch.run inside exclusive", undefined, () =>
      engine.handle.exclusive?.(async () => {
        const batch = engine.handle.batch?.() as Handle | undefined;
        await batch?.run?.();
      }),
    );
  }

  #at<T>(from: readonly T[], index = 0): T | undefined {
    return from.length === 0 ? undefined : from[index % from.length];
  }

  #value(value: Value): unknown {
    if (typeof value !== "object") return value;
    if ("odd" in value) return ODD_VALUES[value.odd];
    const base = this.#at(this.#maps, value.map);
    return base === undefined ? 0 : base + value.page * PAGE + value.offset;
  }
}
