/** Reading the layout that a module carries. */

import { describe, expect, it } from "vitest";
import { EnvironmentError, Layout, LayoutError } from "../../dist/index.js";

const layout = new Layout({
  constants: { OP_READ: 12, OP_WRITE: 13, MASK: "18446744073709547520" },
  structs: {
    Cpu: { size: 16, fields: { tail: { offset: 8, type: "u32" }, head: { offset: 0, type: "u64" } } },
  },
});

describe("Layout", () => {
  it("finds constants, structures and fields by name", () => {
    expect(layout.constant("OP_READ")).toBe(12);
    expect(layout.struct("Cpu").size).toBe(16);
    expect(layout.struct("Cpu").offset("tail")).toBe(8);
    expect(layout.struct("Cpu").type("head")).toBe("u64");
    expect(layout.struct("Cpu").fieldsWith("")).toEqual(["head", "tail"]);
    expect(layout.constantsWith("OP_")).toEqual([
      ["READ", 12],
      ["WRITE", 13],
    ]);
    expect(layout.nameOf("OP_", 13)).toBe("WRITE");
    expect(layout.nameOf("OP_", 99)).toBeUndefined();
  });

  it.each([
    ["constant OP_NOTHING", () => layout.constant("OP_NOTHING")],
    ["constant MASK", () => layout.constant("MASK")],
    ["constant constructor", () => layout.constant("constructor")],
    ["structure Page", () => layout.struct("Page")],
    ["field Cpu.done", () => layout.struct("Cpu").offset("done")],
    ["field Cpu.toString", () => layout.struct("Cpu").offset("toString")],
  ])("names what lacks: %s", (what, look) => {
    expect(look).toThrow(LayoutError);
    expect(look).toThrow(what);
  });

  it("refuses a module without one", () => {
    const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(() => Layout.of(module)).toThrow(EnvironmentError);
  });
});
