/** Calls of an address space, and the same ones of a batch's CPU, with values that make no sense. */
import {
  call,
  NEVER,
  NO_NUMBER,
  noAccess,
  noAdvice,
  noFile,
  noFlag,
  noOptions,
  noProtection,
  noWord,
  options,
  PAGE,
  type Row,
  required,
  type Subjects,
} from "./wrong-values.js";

/** Accesses of an address space that a batch does not have. */
export const ofMemory: Record<string, readonly Row[]> = {
  readNumber: [[(s, bad) => call(s.space, "readNumber", bad), required]],
  ...Object.fromEntries(
    [8, 16, 32].flatMap((bits): [string, readonly Row[]][] => [
      [`read${bits}`, [[(s, bad) => call(s.space, `read${bits}`, bad), required]]],
      [
        `write${bits}`,
        [
          [(s, bad) => call(s.space, `write${bits}`, bad, 1), required],
          [(s, bad) => call(s.space, `write${bits}`, s.page, bad), [...noWord, 2 ** bits, BigInt(2 ** bits)]],
        ],
      ],
    ]),
  ),
  tryRead: [
    [(s, bad) => call(s.space, "tryRead", bad), required],
    [(s, bad) => call(s.space, "tryRead", s.page, bad), [...NEVER, 7, 0, 64n, "8"]],
  ],
  tryWrite: [
    [(s, bad) => call(s.space, "tryWrite", bad, 1), required],
    [(s, bad) => call(s.space, "tryWrite", s.page, bad), noWord],
    [(s, bad) => call(s.space, "tryWrite", s.page, 1, bad), [...NEVER, 7, 0, 64n, "8"]],
  ],
  readBytes: [
    [(s, bad) => call(s.space, "readBytes", bad, 8), required],
    [
      (s, bad) => call(s.space, "readBytes", s.page, bad),
      [...required, new Uint16Array(2), new ArrayBuffer(8)],
    ],
  ],
  writeBytes: [
    [(s, bad) => call(s.space, "writeBytes", bad, new Uint8Array(8)), required],
    [
      (s, bad) => call(s.space, "writeBytes", s.page, bad),
      [...required, new Uint16Array(2), new ArrayBuffer(8)],
    ],
    [(s, bad) => call(s.space, "writeBytes", s.page, new Uint8Array(8), bad), options],
  ],
};

/**
 * The calls of an address space, from which those of a batch's CPU differ by their first argument only. `inside`: addresses
 * inside of a word, where words are aligned.
 */
export function ofSpace(
  on: (subjects: Subjects) => object,
  inside: readonly number[] = [],
): Record<string, readonly Row[]> {
  return {
    mmap: [
      [(s, bad) => call(on(s), "mmap", bad), required],
      [(s, bad) => call(on(s), "mmap", PAGE, bad), noOptions],
      [(s, bad) => call(on(s), "mmap", PAGE, { at: bad }), NO_NUMBER],
      [(s, bad) => call(on(s), "mmap", PAGE, { at: s.page, noReplace: bad }), noFlag],
      [(s, bad) => call(on(s), "mmap", PAGE, { noReplace: bad }), [true]],
      [
        (s, bad) => call(on(s), "mmap", PAGE, { protection: bad }),
        noProtection.filter((value) => value !== undefined),
      ],
      [(s, bad) => call(on(s), "mmap", PAGE, { shared: bad }), noFlag],
      [(s, bad) => call(on(s), "mmap", PAGE, { growsDown: bad }), noFlag],
      [(s, bad) => call(on(s), "mmap", PAGE, { file: bad }), noFile],
      [(s, bad) => call(on(s), "mmap", PAGE, { file: s.file, filePage: bad }), [...NO_NUMBER, 2 ** 40]],
      [(s, bad) => call(on(s), "mmap", PAGE, { filePage: bad }), [0, 1]],
    ],
    munmap: [
      [(s, bad) => call(on(s), "munmap", bad, PAGE), required],
      [(s, bad) => call(on(s), "munmap", s.page, bad), required],
      [(s, bad) => call(on(s), "munmap", s.page, PAGE, bad), options],
    ],
    mprotect: [
      [(s, bad) => call(on(s), "mprotect", bad, PAGE, "r"), required],
      [(s, bad) => call(on(s), "mprotect", s.page, bad, "r"), required],
      [(s, bad) => call(on(s), "mprotect", s.page, PAGE, bad), noProtection],
      [(s, bad) => call(on(s), "mprotect", s.page, PAGE, "r", bad), options],
    ],
    mremap: [
      [(s, bad) => call(on(s), "mremap", bad, PAGE, PAGE), required],
      [(s, bad) => call(on(s), "mremap", s.page, bad, PAGE), required],
      [(s, bad) => call(on(s), "mremap", s.page, PAGE, bad), [...required, 2 ** 44]],
      [(s, bad) => call(on(s), "mremap", s.page, PAGE, PAGE, bad), noOptions],
      [(s, bad) => call(on(s), "mremap", s.page, PAGE, PAGE, { to: bad }), NO_NUMBER],
      [(s, bad) => call(on(s), "mremap", s.page, PAGE, PAGE, { mayMove: bad }), noFlag],
      [(s, bad) => call(on(s), "mremap", s.page, PAGE, PAGE, { to: s.page, mayMove: bad }), [false]],
      [(s, bad) => call(on(s), "mremap", s.page, PAGE, PAGE, { dontUnmap: bad }), noFlag],
    ],
    madvise: [
      [(s, bad) => call(on(s), "madvise", bad, PAGE, "cold"), required],
      [(s, bad) => call(on(s), "madvise", s.page, bad, "cold"), required],
      [(s, bad) => call(on(s), "madvise", s.page, PAGE, bad), noAdvice],
      [(s, bad) => call(on(s), "madvise", s.page, PAGE, "cold", bad), options],
    ],
    read: [[(s, bad) => call(on(s), "read", bad), [...required, ...inside]]],
    write: [
      [(s, bad) => call(on(s), "write", bad, 1n), [...required, ...inside]],
      [(s, bad) => call(on(s), "write", s.page, bad), noWord],
    ],
    touch: [
      [(s, bad) => call(on(s), "touch", bad, 1), required],
      [(s, bad) => call(on(s), "touch", s.page, bad), required],
      [(s, bad) => call(on(s), "touch", s.page, 1, bad), noAccess],
    ],
    exit: [[(s, bad) => call(on(s), "exit", bad), options]],
  };
}

/** A batch's CPU with the address space as the first argument of each call. */
function withSpace({ cpu, space }: Subjects): object {
  return new Proxy(cpu, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => method.call(target, space, ...args);
    },
  });
}

/** What goes behind the address space, where one number is not enough. */
const REST: Record<string, readonly unknown[]> = {
  exit: [],
  munmap: [0, 0],
  mprotect: [0, 0, "rw"],
  mremap: [0, 0, 0],
  madvise: [0, 0, "cold"],
  write: [0, 0n],
  touch: [0, 0],
};

const ofCpu = ofSpace(withSpace, [4, 4092]);
/** The calls of a batch's CPU that begin with an address space. */
export const spaceFirst = Object.fromEntries(
  Object.entries(ofCpu).map(([name, rows]) => {
    const row: Row = [(s, bad) => call(s.cpu, name, bad, ...(REST[name] ?? [0])), ({ noSpace }) => noSpace];
    return [name, [...rows, row]];
  }),
);
