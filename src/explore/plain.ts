/** The plain accesses of a build that shows them, as imports of the module. */

/** Called before every plain access. A copy or a fill is one access of all its bytes. */
export type PlainHandler = (write: boolean, place: number, at: number, bytes: number) => void;

/** What such a build imports from `plain`. */
export interface PlainImports extends Record<string, WebAssembly.ImportValue> {
  /** 0: the host is not told. */
  readonly on: WebAssembly.Global<"i32">;
}

/** The imports that call `see`. The host is not told until `on` is set to 1. */
export function bindPlain(see: PlainHandler): PlainImports {
  return {
    on: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
    load: (place: number, at: number, bytes: number) => see(false, place, at, bytes),
    store: (place: number, at: number, bytes: number) => see(true, place, at, bytes),
  };
}
