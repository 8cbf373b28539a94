import { describe, expect, it } from "vitest";
import { answer } from "../../model/machine.js";
import { Model } from "../../model/model.js";
import { parseScript } from "../../src/ops/script.js";

/** Results and the last snapshot's mappings of process 0, as text. */
function run(script: string): { results: string; vmas: string; pages: string } {
  const { results, dumps } = answer(new Model(), parseScript(`${script}\ndump\n`));
  const last = dumps.at(-1)?.procs["0"];
  const vmas = last?.vmas.map(([start, end, perms]) => `${start}-${end}${perms.slice(0, 2)}`).join(" ") ?? "";
  const pages = last?.pages.map(([page, , count, flags]) => `${page}${flags}${count ?? ""}`).join(" ") ?? "";
  return { results: results.join(" "), vmas, pages };
}

describe("rules that a script shows", () => {
  it("accounting keeps a fresh read-only mapping apart from one that was written", () => {
    const written = "0 mmap 0 4 rw private anon\n0 write 0 1\n0 mprotect 0 4 r\n0 mmap 4 4 r private anon";
    expect(run(written).vmas).toBe("0-4r- 4-8r-");
    const untouched = "0 mmap 0 4 rw private anon\n0 mprotect 0 4 r\n0 mmap 4 4 r private anon";
    expect(run(untouched).vmas).toBe("0-8r-");
  });

  it("a fork child does not take in a new neighbour, its parent does", () => {
    const script =
      "0 mmap 0 4 rw private anon\n0 write 0 1\n0 fork 1\n0 mmap 4 4 rw private anon\n1 mmap 4 4 rw private anon";
    expect(run(script).vmas).toBe("0-8rw");
    const child = answer(new Model(), parseScript(`${script}\ndump`)).dumps[0]?.procs["1"];
    expect(child?.vmas.map(([start, end]) => [start, end])).toEqual([
      [0, 4],
      [4, 8],
    ]);
  });

  it("a move of equal size takes several mappings and keeps the gap, but must not start in one", () => {
    const maps = "0 mmap 0 2 rw private anon\n0 mmap 4 2 r private anon";
    expect(run(`${maps}\n0 mremap 0 6 6 20`)).toMatchObject({ results: "0 0 0", vmas: "20-22rw 24-26r-" });
    expect(run(`${maps}\n0 mremap 2 4 4 20`).results).toBe("0 0 EFAULT");
  });

  it("shared anonymous memory gives BUS beyond its first size", () => {
    expect(run("0 mmap 0 2 rw shared anon\n0 mremap 0 2 4\n0 write 1 1\n0 write 3 1").results).toBe(
      "0 0 0 BUS",
    );
  });

  it("fault-around maps what is cached from the clamped start on, on reads only", () => {
    const cached =
      "0 mmap 100 32 rw shared file 0\n0 touch 100 32 w\n0 munmap 100 32\n0 mmap 5 32 r private file 0";
    expect(run(`${cached}\n0 read 6`).pages.split(" ")).toHaveLength(16);
    expect(run(`${cached}\n0 read 17`).pages.split(" ")[0]).toBe("16FX1");
  });

  it("a stack grows down to an access, not next to another mapping", () => {
    const stack = "0 mmap 1000 2 rw private anon stack";
    expect(run(`${stack}\n0 write 990 1`)).toMatchObject({ results: "0 0", vmas: "990-1002rw" });
    expect(run(`0 mmap 900 1 rw private anon\n${stack}\n0 write 990 1`).results).toBe("0 0 SEGV");
    expect(run(`0 mmap 900 1 none private anon\n${stack}\n0 write 990 1`).results).toBe("0 0 0");
  });

  it("the heap grows above itself only", () => {
    const script = "0 heap 32\n0 brk 36\n0 mmap 36 2 rw private anon\n0 brk 37";
    expect(run(script)).toMatchObject({ results: "0 0 0 ENOMEM", vmas: "32-38rw" });
    expect(run("0 mmap 30 2 rw private anon\n0 heap 32\n0 brk 36").vmas).toBe("30-32rw 32-36rw");
  });

  it("locked memory is brought in and refuses dontneed", () => {
    expect(run("0 mmap 0 3 rw private anon\n0 mlock 0 2\n0 madvise 0 1 dontneed")).toMatchObject({
      results: "0 0 EINVAL",
      vmas: "0-2rw 2-3rw",
      pages: "0AX1 1AX1",
    });
  });

  it("a page that mremap left behind with keep is empty, and the mapping is there", () => {
    expect(run("0 mmap 0 2 rw private anon\n0 write 0 7\n0 mremap 0 2 2 10 keep")).toMatchObject({
      vmas: "0-2rw 10-12rw",
      pages: "10AX1",
    });
  });

  it("equal pages merge, and a write breaks one out", () => {
    const equal =
      "0 mmap 0 3 rw private anon\n0 madvise 0 3 mergeable\n0 write 0 5\n0 write 1 5\n0 write 2 5\nksm";
    expect(run(equal).pages).toBe("0AK3 1AK3 2AK3");
    expect(run(`${equal}\n0 write 1 6`).pages).toBe("0AK2 1AX1 2AK2");
    expect(run(`${equal}\n0 madvise 0 3 unmergeable`).pages).toBe("0AX1 1AX1 2AX1");
  });
});
