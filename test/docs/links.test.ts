/** Links between the pages, and the paths that they name. */

import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { codeWords, pages, proseOf, root, textOf } from "../support/pages.js";

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(path: string): string[] {
  return [...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    (title as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(pages)("%s", (page) => {
  it("links to what exists", () => {
    const broken = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? page : posix.join(dirname(page), path);
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchorsOf(file).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it("names paths that exist", () => {
    const missing = codeWords(page)
      .filter((word) =>
        /^(assembly|docs|examples|overlays|schemas|scripts|src|test|traces|variants)\/[\w./-]*$/.test(word),
      )
      // What a command makes is not there before.
      .filter((path) => path !== "docs/api/")
      // In a path of a file that a reader is to make, NAME stands for its name: the folder before it exists.
      .filter((path) => !existsSync(join(root, path.replace(/[A-Z-]*NAME.*/, ""))));
    expect(missing).toEqual([]);
  });

  it("is reached from the README or docs/README.md", () => {
    if (page === "README.md" || page === "CHANGELOG.md") return;
    const from = ["README.md", "docs/README.md"].flatMap((index) =>
      [...proseOf(index).matchAll(/\]\(([^)\s#]+)/g)].map(([, target]) =>
        posix.join(dirname(index), target as string),
      ),
    );
    expect(from).toContain(page);
  });
});
