import { describe, expect, it } from "vitest";
import { answer } from "../../model/machine.js";
import { Model } from "../../model/model.js";
import { parseScript } from "../../src/ops/script.js";
import { recordedAnswer, recordedCases, recordedScript } from "../support/recorded.js";

describe.each(["cow", "vma", "file", "ksm", "all"])(
  "recorded answers of the kernel, profile %s",
  (profile) => {
    it.each(recordedCases(profile))("%s agrees in every field", (name) => {
      const ops = parseScript(recordedScript(name), `${name}.ops`);
      expect(answer(new Model(), ops)).toEqual(recordedAnswer(name));
    });

    it("has 12 cases", () => {
      expect(recordedCases(profile)).toHaveLength(12);
    });
  },
);
