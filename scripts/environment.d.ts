/**
 * Types of the environment: those of its own declarations (the `dom` library, or Node's), where your program has them; so
 * it needs neither to use the library.
 */

/** WebAssembly's classes. */
export declare namespace WebAssembly {
  type Module = typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : object;
  type Memory = typeof globalThis extends { WebAssembly: { Memory: { prototype: infer T } } } ? T : object;
  type Exports = Readonly<Record<string, unknown>>;
  type Imports = Readonly<Record<string, unknown>>;
}

export type URL = typeof globalThis extends { URL: { prototype: infer T } } ? T : { readonly href: string };
export type Response = typeof globalThis extends { Response: { prototype: infer T } } ? T : object;
