/**
 * What a thread of a check is at, in shared memory: when a program never comes back, nobody else can say which one it
 * was.
 */

/** Words before the text: what it is at, the number of the program, the bytes of the text. */
const WORDS = 3;
const [AT, NUMBER, LENGTH] = [0, 1, 2] as const;
const NOTHING = 0;
const PROGRAM = 1;
const RACE = 2;
const ANSWER = 3;
/** Bytes of the text, at most: the longest program or race takes a tenth. */
const TEXT = 1 << 16;

/** The last entry: the name of a script with the kernel's answer, the number of a lane's program, or the text of a race. */
export type DiaryEntry =
  | { readonly at: "nothing" }
  | { readonly at: "answer"; readonly name: string }
  | { readonly at: "program"; readonly number: number }
  | { readonly at: "race"; readonly text: string };

export class Diary {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #text: Uint8Array;

  constructor(buffer = new SharedArrayBuffer(4 * WORDS + TEXT)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, WORDS);
    this.#text = new Uint8Array(buffer, 4 * WORDS);
  }

  /** A made-up program begins. */
  program(number: number): void {
    Atomics.store(this.#words, NUMBER, number);
    Atomics.store(this.#words, AT, PROGRAM);
  }

  /** A script with the kernel's answer begins. */
  answer(name: string): void {
    this.#write(ANSWER, name);
  }

  /** The exploration of a race begins. */
  race(text: string): void {
    this.#write(RACE, text);
  }

  #write(at: number, text: string): void {
    const bytes = new TextEncoder().encode(text).subarray(0, TEXT);
    this.#text.set(bytes);
    Atomics.store(this.#words, LENGTH, bytes.length);
    Atomics.store(this.#words, AT, at);
  }

  /** The last entry. */
  read(): DiaryEntry {
    const at = Atomics.load(this.#words, AT);
    if (at === NOTHING) return { at: "nothing" };
    if (at === PROGRAM) return { at: "program", number: Atomics.load(this.#words, NUMBER) };
    const text = new TextDecoder().decode(this.#text.slice(0, Atomics.load(this.#words, LENGTH)));
    return at === ANSWER ? { at: "answer", name: text } : { at: "race", text };
  }
}
