/** What the build writes for inline.ts. */

/** The engine, in Base64. */
export const wasm: string;
/** The worker: one classic script without imports. */
export const worker: string;
