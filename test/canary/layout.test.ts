/** The layout that each engine carries: sizes, alignment, and numbers that the host can use. */

import { describe, expect, test } from "vitest";
import { BUILD_SECTION, describeEngine, readJsonSection } from "../../dist/build/index.js";
import { ENGINES, engineBytes } from "../support/wasm.js";

interface Struct {
  readonly size: number;
  readonly align: number;
  readonly fields: Readonly<Record<string, { offset: number; type?: string }>>;
}

interface Layout {
  readonly constants: Readonly<Record<string, number | string>>;
  readonly structs: Readonly<Record<string, Struct>>;
}

/** Bytes of a field of this storage type. */
function width(type: string): number {
  return type === "bool" ? 1 : Number(type.slice(1)) / 8;
}

describe.each(ENGINES)("%s", (name) => {
  const module = new WebAssembly.Module(engineBytes(name));
  const { constants, structs } = describeEngine(engineBytes(name)).layout as Layout;

  test("says how it was built", () => {
    const info = readJsonSection(module, BUILD_SECTION);
    const target = name === "engine" ? "release" : name.slice("engine.".length);
    expect(info).toMatchObject({ target, compiler: expect.stringMatching(/^0\.28\./) });
  });

  test("has sizes that keep arrays aligned, and fields that do not overlap", () => {
    expect(Object.keys(structs).length).toBeGreaterThan(0);
    for (const [struct, { size, align, fields }] of Object.entries(structs)) {
      expect(size % align, `${struct}: size ${size} is no multiple of ${align}; add padding`).toBe(0);
      let end = 0;
      for (const [field, { offset, type = "u32" }] of Object.entries(fields)) {
        expect(offset % width(type), `${struct}.${field} is not aligned`).toBe(0);
        expect(offset, `${struct}.${field} overlaps the field before it`).toBeGreaterThanOrEqual(end);
        end = offset + width(type);
      }
      expect(end, `${struct} ends behind its last field`).toBeLessThanOrEqual(size);
    }
  });

  test("holds what the machine promises", () => {
    expect(structs["Page"]?.size).toBeLessThanOrEqual(48);
    expect(structs["OpRecord"]?.size).toBe(32);
    expect(Number(constants["CPU_STRIDE"]) % 64).toBe(0);
    expect(structs["Cpu"]?.size).toBeLessThanOrEqual(Number(constants["CPU_STRIDE"]));
    expect(Number(constants["CTL"])).toBeGreaterThan(0);
  });

  test("has constants that are exact: safe integers, or decimal strings", () => {
    for (const [constant, value] of Object.entries(constants)) {
      if (typeof value === "string") expect(value, constant).toMatch(/^-?\d{16,}$/);
      else expect(Number.isSafeInteger(value), constant).toBe(true);
    }
  });
});
