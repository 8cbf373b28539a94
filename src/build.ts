/** The compiler of engines, in Node: it reads folders, keeps what it compiled, and compiles in threads. */
export * from "./build/index.js";
