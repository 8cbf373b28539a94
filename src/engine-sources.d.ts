/** What the build writes for build/memory.ts. */

/** The package's own sources: EngineSources. */
export const sources: object;
