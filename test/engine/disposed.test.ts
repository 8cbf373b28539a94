/** Once an engine is disposed, it and whatever belongs to it say so. */
import { describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { UsageError } from "../../dist/index.js";
import { engineWith, PAGE, spaceWith } from "./handles.js";

describe("once the engine is disposed", () => {
  /** What can still be read: it never changes. */
  const CONSTANT = [
    "constructor",
    "content",
    "cpus",
    "disposed",
    "layout",
    "memory",
    "pageSize",
    "toJSON",
    "dispose",
    "failure",
    "nameOf",
  ];

  /** What an object inherits, by name. */
  function namesOf(handle: object): Set<PropertyKey> {
    const names = new Set<PropertyKey>();
    for (
      let at = Reflect.getPrototypeOf(handle);
      at !== null && at !== Object.prototype;
      at = Reflect.getPrototypeOf(at)
    )
      for (const name of Reflect.ownKeys(at)) names.add(name);
    return names;
  }

  it("everything that it made, and it itself, throws UsageError", async () => {
    const engine = await engineWith({ content: "full" });
    const { space, page } = spaceWith(engine, 1n);
    const [file, pin, batch] = [engine.file(1), space.pin(page), engine.batch()];
    const cpu = batch.on(0);
    await engine.dispose();
    await engine.dispose();
    const args: Record<string, readonly unknown[]> = {
      "Engine.file": [1],
      "Engine.exclusive": [async () => 1],
      "Engine.execute": [{ op: 0 }],
      "Engine.release": [space],
      "AddressSpace.mmap": [PAGE],
      "AddressSpace.munmap": [page, PAGE],
      "AddressSpace.mprotect": [page, PAGE, "r"],
      "AddressSpace.mremap": [page, PAGE, PAGE],
      "AddressSpace.madvise": [page, PAGE, "cold"],
      "AddressSpace.read": [page],
      "AddressSpace.write": [page, 1n],
      "AddressSpace.touch": [page, 1],
      "AddressSpace.tryRead": [page],
      "AddressSpace.tryWrite": [page, 1n],
      "AddressSpace.readNumber": [page],
      ...Object.fromEntries(
        [8, 16, 32].flatMap((bits) => [
          [`AddressSpace.read${bits}`, [page]],
          [`AddressSpace.write${bits}`, [page, 1]],
        ]),
      ),
      "AddressSpace.readBytes": [page, 1],
      "AddressSpace.writeBytes": [page, new Uint8Array(1)],
      "AddressSpace.whoMaps": [page],
      "AddressSpace.pin": [page],
      "AddressSpace.onMissing": [page, PAGE, () => {}],
      "Pin.write": [1n],
      "Batch.on": [0],
      "BatchCpu.fork": [space, space],
      "BatchCpu.write": [space, page, 1n],
      "BatchCpu.touch": [space, page, 1],
      "BatchCpu.mmap": [space, PAGE],
      "BatchCpu.munmap": [space, page, PAGE],
      "BatchCpu.mprotect": [space, page, PAGE, "r"],
      "BatchCpu.mremap": [space, page, PAGE, PAGE],
      "BatchCpu.madvise": [space, page, PAGE, "cold"],
      "BatchCpu.read": [space, page],
      "BatchCpu.exit": [space],
      "BatchCpu.operation": [{ op: 0 }],
      "BatchCpu.accesses": [
        space,
        { operations: "read", addresses: Float64Array.of(page), values: new BigUint64Array(1) },
      ],
    };
    expect(() => space.read(page)).toThrow(/^read: the engine is disposed$/);
    expect(() => engine.spawn()).toThrow(/^spawn: the engine is disposed$/);
    let tried = 0;
    for (const handle of [engine, space, file, pin, batch, cpu]) {
      for (const name of namesOf(handle)) {
        // `using` is done with the pin, and the engine with itself.
        if (typeof name !== "string" || CONSTANT.includes(name)) continue;
        const key = `${handle.constructor.name}.${name}`;
        let error: unknown;
        try {
          const found: unknown = Reflect.get(handle, name);
          if (typeof found === "function") await Reflect.apply(found, handle, args[key] ?? []);
        } catch (thrown) {
          error = thrown;
        }
        expect(error, key).toBeInstanceOf(UsageError);
        expect((error as UsageError).message, key).toMatch(/the engine is disposed/);
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(45);
    pin[Symbol.dispose]();
    expect([engine.pageSize, engine.cpus]).toEqual([PAGE, 1]);
  });

  it("the error says so even if the engine had crashed before", async () => {
    const engine = await engineWith({ checked: false });
    const { control } = coreOf(engine).machine;
    control.view.setU32(control.get("spaceBase") + 4 * 7, 0xfffffff0);
    expect(() => engine.execute(coreOf(engine).encoder.read(7, 0))).toThrow(/trapped/);
    expect(() => engine.spawn()).toThrow(/trapped/);
    await engine.dispose();
    expect(() => engine.spawn()).toThrow(/the engine is disposed/);
  });
});
