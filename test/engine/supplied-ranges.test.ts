/** Ranges of missing pages, held against a plain list of them. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Supplied, SuppliedRanges } from "../../src/engine/supplied-ranges.js";

const range = fc.record({
  slot: fc.nat(2),
  start: fc.nat(30),
  length: fc.integer({ min: 1, max: 5 }),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), range }),
  fc.record({ kind: fc.constant("delete" as const), index: fc.nat(20) }),
);

it("are found by any of their addresses, and by no other", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const ranges = new SuppliedRanges();
      const plain: Supplied[] = [];
      for (const action of steps) {
        if (action.kind === "add") {
          const { slot, start, length } = action.range;
          const added: Supplied = { slot, start, end: start + length, handler: () => {}, ended: () => false };
          const other = plain
            .filter((each) => each.slot === slot && each.start < added.end && each.end > start)
            .sort((a, b) => a.start - b.start)[0];
          expect(ranges.overlapping(added)).toBe(other);
          if (other === undefined) {
            ranges.add(added);
            plain.push(added);
          }
        } else if (plain.length > 0) {
          const [gone] = plain.splice(action.index % plain.length, 1) as [Supplied];
          ranges.delete(gone);
          expect(ranges.has(gone)).toBe(false);
          ranges.delete(gone);
        }
        for (let slot = 0; slot < 3; slot++) {
          const here = plain.filter((each) => each.slot === slot).sort((a, b) => a.start - b.start);
          expect(ranges.of(slot)).toEqual(here);
          for (let address = 0; address < 40; address++) {
            expect(ranges.at(slot, address)).toBe(
              here.find(({ start, end }) => start <= address && address < end),
            );
          }
        }
      }
    }),
  );
});
