/** Compares two answers to a script: the kernel's, the engine's, or any two. */
export { compareAnswers, type Disagreement, extentOf } from "./answers.js";

export { locate, withDumps } from "./locate.js";
export { type Recorded, readRecorded } from "./recorded.js";
export { agreementText, disagreementText } from "./verdict.js";
