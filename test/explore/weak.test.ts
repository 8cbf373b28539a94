/** Weak memory for the engine, driven by hand: which values a load may see, in a fixed order of accesses. */
import { describe, expect, it } from "vitest";
import { Access, parseHook, type Value } from "../../dist/explore/access.js";
import { performBy } from "../../dist/explore/model.js";
import { sc } from "../../dist/explore/sc.js";
import { WeakMemory, type WeakOptions } from "../../dist/explore/weak.js";
import { Cpus } from "../../dist/views/cpus.js";
import { REGISTER } from "../../dist/views/registers.js";
import { VIEW_MODELS, type ViewModel } from "../../dist/views/rules.js";
import { MemoryView } from "../../dist/wasm/memory.js";

const [X, Y, P, L, WIDE] = [64, 128, 192, 256, 512];
const CPUS = 3;
/** The host CPU. */
const HOST = CPUS;
/** An object of 64 bytes lies at each multiple of 64 below 256. */
const objectOf = (value: number) => (value >= 64 && value < 256 ? value & -64 : 0);

const newView = () => new MemoryView(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));

/** A program's hands on a memory model: each performs one access. */
class Hands {
  readonly #access = new Access();
  place = 0;

  constructor(
    readonly view: MemoryView,
    readonly memory: ReturnType<typeof sc>,
  ) {}

  do(cpu: number, name: string, at = 0, value: Value = 0, expected: Value = 0): Value {
    const { memory } = this;
    const access = this.#access.set(parseHook(name), ++this.place, at, value, expected);
    if (access.hook.kind === "lock") expect(memory.ready(cpu, access)).toBe(true);
    return performBy(memory, cpu, access);
  }
}

interface Weak {
  readonly hands: Hands;
  readonly memory: WeakMemory;
}

/** Runs a program with every row of choices; what it returns, each once, in the order of the choices. */
function outcomes(
  options: Partial<WeakOptions>,
  program: (weak: Weak) => unknown,
  prepare?: (view: MemoryView) => void,
) {
  const view = newView();
  prepare?.(view);
  let choices: number[] = [];
  let counts: number[] = [];
  const choose = (count: number) => {
    const nth = counts.push(count) - 1;
    choices[nth] ??= 0;
    return choices[nth];
  };
  const memory = new WeakMemory(view, choose, { model: "lkmm", cpus: CPUS, objectOf, ...options });
  memory.save();
  const start = view.copy(0, 1024);
  const found: unknown[] = [];
  for (;;) {
    counts = [];
    found.push(program({ hands: new Hands(view, memory), memory }));
    for (const [at, byte] of start.entries()) view.setU8(at, byte);
    memory.restore();
    choices = choices.slice(0, counts.length);
    while (choices.length > 0 && (choices.at(-1) ?? 0) + 1 >= (counts[choices.length - 1] ?? 0))
      choices.pop();
    if (choices.length === 0) break;
    choices[choices.length - 1] = (choices.at(-1) ?? 0) + 1;
  }
  return [
    ...new Map(
      found.map((item) => [JSON.stringify(item, (_, v) => (typeof v === "bigint" ? `${v}n` : v)), item]),
    ).values(),
  ];
}

/** CPU 0 stores x, then y; CPU 1 loads y, then x. */
const passed = (write: string, between: string, read: string, also: string) => (weak: Weak) => {
  const { hands } = weak;
  hands.do(0, "store32.once", X, 1);
  if (between !== "") hands.do(0, between);
  hands.do(0, write, Y, 1);
  const y = hands.do(1, read, Y);
  if (also !== "") hands.do(1, also);
  return [y, hands.do(1, "load32.once", X)];
};

describe.each(VIEW_MODELS)("a message is passed under %s", (model) => {
  it.each([
    ["store32.once", "", "load32.once", "", true],
    ["store32.release", "", "load32.once", "", true],
    ["store32.release", "", "load32.acquire", "", false],
    ["store32.assign", "", "load32.once", "fence.read", false],
    ["store32.once", "fence.write", "load32.once", "fence.read", false],
    ["store32.once", "fence.full", "load32.once", "fence.full", false],
    ["store32.once", "fence.read", "load32.once", "fence.read", true],
  ])("%s %s %s %s", (write, between, read, also, isAllowed) => {
    const seen = outcomes({ model }, passed(write, between, read, also));
    expect(seen[0]).toEqual([1, 1]);
    // The first CPU is behind its full barrier already: whoever then has one as well has seen what came before.
    const isBehind = also === "fence.full";
    const allowed = [[0, 1], [1, 1], ...(isBehind ? [] : [[0, 0]]), ...(isAllowed ? [[1, 0]] : [])];
    expect([...seen].sort()).toEqual(allowed.sort());
  });
});

describe("a pointer", () => {
  const followed = (read: string) => (weak: Weak) => {
    const { hands } = weak;
    hands.do(0, "store32.once", X + 8, 7);
    hands.do(0, "store32.assign", P, X);
    if (hands.do(1, read, P) !== X) return "none";
    return hands.do(1, "load32.once", X + 8);
  };
  it.each<[ViewModel, string, unknown[]]>([
    ["lkmm", "load32.dereference", [7, "none"]],
    ["lkmm", "load32.once", [7, "none"]],
    ["pairwise", "load32.once", [7, "none"]],
    ["alpha", "load32.once", [7, 0, "none"]],
    ["alpha", "load32.dereference", [7, "none"]],
  ])("in %s by %s", (model, read, expected) => {
    expect(outcomes({ model }, followed(read))).toEqual(expected);
  });

  it("orders nothing without dependencies", () => {
    expect(outcomes({ objectOf: undefined } as never, followed("load32.once"))).toEqual([7, 0, "none"]);
  });

  it("orders a store of itself behind the read", () => {
    // Who is behind a full barrier passes the pointer on: the last CPU then has seen what was before the barrier.
    const program = ({ hands }: Weak) => {
      hands.do(0, "store32.once", Y, 1);
      hands.do(0, "fence.full");
      hands.do(0, "store32.once", P, X);
      const pointer = hands.do(1, "load32.once", P);
      hands.do(1, "store32.once", L, pointer);
      return [pointer, hands.do(2, "load32.acquire", L), hands.do(2, "load32.once", Y)];
    };
    expect(outcomes({}, program)).not.toContainEqual([X, X, 0]);
    expect(outcomes({ objectOf: undefined } as never, program)).toContainEqual([X, X, 0]);
  });
});

describe("locks and read-modify-writes", () => {
  it("who takes a lock sees what was before it was given back", () => {
    const program = ({ hands }: Weak) => {
      hands.do(0, "lock32.acquire", L, 1, 0xffffffff);
      hands.do(0, "store32.once", X, 1);
      hands.do(0, "unlock32.release", L, 1);
      hands.do(1, "lock32.acquire", L, 1, 0xffffffff);
      const x = hands.do(1, "load32.once", X);
      hands.do(1, "unlock32.release", L, 1);
      return [x, hands.view.u32(L)];
    };
    for (const model of VIEW_MODELS) expect(outcomes({ model }, program)).toEqual([[1, 0]]);
  });

  it("two readers give a lock back, and a writer sees what both did", () => {
    const WRITER = 0x80000000;
    const program = ({ hands }: Weak) => {
      hands.do(0, "lock32.acquire", L, 1, WRITER);
      hands.do(1, "lock32.acquire", L, 1, WRITER);
      hands.do(0, "store32.once", X, 1);
      hands.do(0, "unlock32.release", L, 1);
      hands.do(1, "store32.once", Y, 1);
      hands.do(1, "unlock32.release", L, 1);
      hands.do(2, "lock32.acquire", L, WRITER, 0xffffffff);
      return [hands.do(2, "load32.once", X), hands.do(2, "load32.once", Y)];
    };
    for (const model of VIEW_MODELS) expect(outcomes({ model }, program)).toEqual([[1, 1]]);
  });

  it("no addition is lost, and each returns another value", () => {
    const program = ({ hands }: Weak) => {
      const old = [0, 1, 2].map((cpu) => hands.do(cpu, "add32.full", X, 1));
      return [...old, hands.view.u32(X)];
    };
    expect(outcomes({}, program)).toEqual([[0, 1, 2, 3]]);
  });

  it("what is full orders as a barrier, and what fails orders nothing", () => {
    // Store buffering: each CPU stores one word, exchanges, and loads the other word.
    const buffered = (expected: number) => (weak: Weak) => {
      const { hands } = weak;
      hands.do(0, "store32.once", X, 1);
      hands.do(1, "store32.once", Y, 1);
      hands.do(0, "cas32.full", P, 5, expected);
      hands.do(1, "cas32.full", L, 5, expected);
      return [hands.do(0, "load32.once", Y), hands.do(1, "load32.once", X)];
    };
    expect(outcomes({}, buffered(0))).not.toContainEqual([0, 0]);
    expect(outcomes({}, buffered(9))).toContainEqual([0, 0]);
  });

  it("get and put count, and trylock says whether it got the lock", () => {
    const program = ({ hands }: Weak) => {
      hands.do(0, "store32.once", X, 1);
      hands.do(0, "fence.full");
      const got = [hands.do(0, "get32.full", X, 3), hands.do(0, "get32.full", X, 2)];
      const was = hands.do(0, "put32.full", X, 1);
      const taken = [
        hands.do(0, "trylock32.acquire", L, 1, 0xffffffff),
        hands.do(0, "trylock32.acquire", L, 1, 0xffffffff),
      ];
      return [...got, was, ...taken];
    };
    expect(outcomes({}, program)).toEqual([[1, 0, 2, 1, 0]]);
  });
});

describe("old values", () => {
  it("tells whose store a load did not see", () => {
    const seen = outcomes({}, ({ hands, memory }) => {
      hands.do(2, "store32.once", X, 1);
      const value = hands.do(1, "load32.once", X);
      return [value, memory.stale ?? "newest"];
    });
    expect(seen).toEqual([
      [1, "newest"],
      [0, { cpu: 2, place: 1 }],
    ]);
  });

  it("stores land in any order, and memory keeps the last one", () => {
    const seen = outcomes({}, ({ hands }) => {
      hands.do(0, "store32.once", X, 1);
      hands.do(1, "store32.once", X, 2);
      return hands.view.u32(X);
    });
    expect(seen).toEqual([2, 1]);
  });

  it("are those before a plain store, which lands last", () => {
    const seen = outcomes(
      {},
      ({ hands, memory }) => {
        memory.plainStore(0, X, 4, 8, 0);
        hands.view.setU32(X, 8);
        return [hands.do(0, "load32.once", X), hands.do(1, "load32.once", X)];
      },
      (view) => view.setU32(X, 3),
    );
    expect(seen).toEqual([
      [8, 8],
      [8, 3],
    ]);
  });

  it("come to a plain load too, which says nothing when it sees what memory holds", () => {
    const seen = outcomes({}, ({ hands, memory }) => {
      memory.plainStore(0, X + 2, 1, 7, 0);
      hands.view.setU32(X, 0x07_0000);
      memory.plainStore(0, WIDE, 8, 1, 2);
      hands.view.setU64(WIDE, 0x2_0000_0001n);
      return [memory.plainLoad(1, X + 2, 2), memory.plainLoad(2, WIDE, 8), hands.do(0, "load32.once", X)];
    });
    expect(seen).toEqual([
      [undefined, undefined, 0x07_0000],
      [undefined, 0n, 0x07_0000],
      [0, undefined, 0x07_0000],
      [0, 0n, 0x07_0000],
    ]);
  });

  it("are gone where somebody stores who is no CPU", () => {
    const seen = outcomes({}, ({ hands, memory }) => {
      hands.do(0, "store32.once", X, 1);
      hands.do(0, "store32.once", Y, 1);
      memory.forget(X, 4);
      hands.view.setU32(X, 2);
      return [hands.do(1, "load32.once", X), hands.do(1, "load32.once", Y)];
    });
    expect(seen).toEqual([
      [2, 1],
      [2, 0],
    ]);
  });

  it("are kept from who is behind read-modify-writes that nobody else looks at", () => {
    // The usual test for store buffers: a full barrier between the store and the load of both CPUs.
    const buffered = (pass: string) => {
      return ({ hands, memory }: Weak) => {
        const order = (cpu: number) => {
          if (pass !== "") memory.pass(cpu, new Access().set(parseHook(pass), 1, L + 16 * cpu, 0, 0));
        };
        hands.do(0, "store32.once", X, 1);
        order(0);
        hands.do(1, "store32.once", Y, 1);
        order(1);
        return [hands.do(0, "load32.once", Y), hands.do(1, "load32.once", X)];
      };
    };
    expect(outcomes({}, buffered("add32.full"))).not.toContainEqual([0, 0]);
    for (const pass of ["", "or32.acquire", "and32.release"])
      expect(outcomes({}, buffered(pass))).toContainEqual([0, 0]);
  });

  it("are kept from who sees what one critical section stored, and then what the next one did", () => {
    const program =
      (blockers: number) =>
      ({ hands, memory }: Weak) => {
        const pass = (name: string, expected = 0) =>
          memory.pass(0, new Access().set(parseHook(name), 1, L, 1, expected));
        pass("lock32.acquire", blockers);
        hands.do(0, "store32.once", X, 1);
        pass("unlock32.release");
        pass("lock32.acquire", blockers);
        hands.do(0, "store32.once", Y, 1);
        pass("unlock32.release");
        return [hands.do(1, "load32.acquire", Y), hands.do(1, "load32.once", X)];
      };
    expect(outcomes({}, program(0xffffffff))).not.toContainEqual([1, 0]);
    // Only spin locks promise it.
    expect(outcomes({}, program(0x80000000))).toContainEqual([1, 0]);
  });

  it("of memory that a constructor makes are what it held, or zeros, or ones: the same for all of it", () => {
    const program =
      (fixed: boolean) =>
      ({ hands, memory }: Weak) => {
        if (fixed) memory.fixUnmade();
        for (const at of [X, Y]) {
          memory.make(at);
          memory.plainStore(0, at, 4, 1, 0);
          hands.view.setU32(at, 1);
        }
        return [hands.do(1, "load32.once", X), hands.do(1, "load32.once", Y)];
      };
    const ones = 0xffffffff;
    const old = (view: MemoryView) => view.setU32(X, 5);
    const seen = outcomes({}, program(false), old);
    const expected = [
      [1, 1],
      [1, 0],
      [1, ones],
      [5, 1],
      [5, 0],
      [0, 1],
      [0, 0],
      [ones, 1],
      [ones, ones],
    ];
    expect([...seen].sort()).toEqual(expected.sort());
    expect([...outcomes({}, program(true), old)].sort()).toEqual(
      [
        [1, 1],
        [1, 0],
        [5, 1],
        [5, 0],
      ].sort(),
    );
  });

  it("may look like a free lock before the lock is made, and then the lock is taken twice", () => {
    const program = ({ hands, memory }: Weak) => {
      memory.make(L);
      memory.plainStore(0, L, 4, 0, 0);
      hands.view.setU32(L, 0);
      const first = hands.do(0, "trylock32.acquire", L, 1, 0xffffffff);
      return [first, hands.do(1, "trylock32.acquire", L, 1, 0xffffffff)];
    };
    const locked = (view: MemoryView) => view.setU32(L, 1);
    expect([...outcomes({}, program, locked)].sort()).toEqual(
      [
        [1, 0],
        [1, 1],
      ].sort(),
    );
  });

  it("are gone when all CPUs stand still, and for the host", () => {
    const seen = outcomes({}, ({ hands, memory }) => {
      hands.do(0, "store32.once", X, 1);
      const host = hands.do(HOST, "load32.once", X);
      memory.settle();
      return [host, hands.do(1, "load32.once", X)];
    });
    expect(seen).toEqual([[1, 1]]);
  });

  it("a wait goes on when its CPU can see another value", () => {
    const view = newView();
    const memory = new WeakMemory(view, () => 0, { model: "lkmm", cpus: CPUS });
    memory.save();
    const hands = new Hands(view, memory);
    const wait = new Access().set(parseHook("wait32.once"), 1, X, 0, 0);
    expect(memory.ready(1, wait)).toBe(false);
    hands.do(0, "store32.once", X, 1);
    expect(memory.ready(1, wait)).toBe(true);
    memory.wait(1, wait);
    expect(hands.do(1, "load32.once", X)).toBe(1);
  });

  it("of wide words come whole, and a half keeps the other half", () => {
    const seen = outcomes({}, ({ hands }) => {
      hands.do(0, "store64.once", WIDE, 0x1_0000_0002n);
      hands.do(0, "store32.once", WIDE + 4, 9);
      return [hands.do(1, "load64.once", WIDE), hands.view.u64(WIDE)];
    });
    expect(seen).toEqual([0x9_0000_0002n, 0x1_0000_0002n, 0n].map((value) => [value, 0x9_0000_0002n]));
  });

  it("lose no read-modify-write of a half where another CPU stores to the other half", () => {
    const seen = outcomes({}, ({ hands }) => {
      hands.do(2, "load64.once", WIDE);
      hands.do(0, "store32.once", WIDE, 7);
      hands.do(1, "add32.full", WIDE + 4, 1);
      hands.do(1, "lock32.acquire", WIDE + 4, 4, 4);
      return hands.view.u64(WIDE);
    });
    expect(seen).toEqual([0x5_0000_0007n]);
  });
});

describe("a full barrier", () => {
  /** Each CPU has a barrier, stores, has another one, and looks at the other's word. */
  const program = ({ hands }: Weak) => {
    hands.do(0, "fence.full");
    hands.do(1, "fence.full");
    hands.do(0, "store32.once", X, 1);
    hands.do(0, "fence.full");
    const y = hands.do(0, "load32.once", Y);
    hands.do(1, "store32.once", Y, 1);
    hands.do(1, "fence.full");
    return [y, hands.do(1, "load32.once", X)];
  };

  it("counts when its CPU has accessed something since its last one", () => {
    for (const model of VIEW_MODELS) expect(outcomes({ model }, program)).toEqual([[0, 1]]);
  });

  it("that is left out although it has is missed", () => {
    const { note } = Cpus.prototype;
    Cpus.prototype.note = function (...given) {
      const made = note.apply(this, given);
      this.set(given[0], REGISTER.moved, 0);
      return made;
    };
    try {
      expect(outcomes({}, program)).toContainEqual([0, 0]);
    } finally {
      Cpus.prototype.note = note;
    }
  });
});

describe("the newest choice everywhere", () => {
  it.each(VIEW_MODELS)("is what sequentially consistent memory does, in %s", (model) => {
    const [view, other] = [newView(), newView()];
    const memory = new WeakMemory(view, () => 0, { model, cpus: CPUS, objectOf });
    const [mine, strong] = [
      new Hands(view, memory),
      new Hands(
        other,
        sc(other, () => 0, CPUS),
      ),
    ];
    let state = 12345;
    const random = (count: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % count;
    };
    const names = [
      ...[
        "load32.once",
        "load32.acquire",
        "load32.dereference",
        "store32.once",
        "store32.release",
        "add32.full",
      ],
      ...[
        "xchg32.full",
        "cas32.full",
        "cas32.acquire",
        "or32.acquire",
        "and32.release",
        "sub32.release",
        "get32.full",
      ],
      ...["put32.full", "trylock32.acquire", "fence.full", "fence.read", "fence.write"],
    ];
    memory.save();
    for (let round = 0; round < 20; round++) {
      for (let step = 0; step < 200; step++) {
        const name = names[random(names.length)] ?? "";
        const cpu = random(CPUS);
        const [at, value, expected] = [64 + 4 * random(48), random(200), random(3)];
        const said = [mine.do(cpu, name, at, value, expected), strong.do(cpu, name, at, value, expected)];
        expect([name, said[0]]).toEqual([name, said[1]]);
      }
      expect(view.copy(0, 1024)).toEqual(other.copy(0, 1024));
      if (round % 2 === 0) memory.settle();
    }
  });
});
