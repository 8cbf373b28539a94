/** Which object of the engine a number points to: for the dependencies of a weak memory model. */
import type { Control } from "../cpu/control.js";
import type { ObjectOf } from "./pointers.js";

/**
 * Tells objects apart, in an engine that boots before the first call.
 *
 * An object is what you reach from one pointer by arithmetic alone. A pointer may have tags in its lower bits, and may
 * point to a member. A frame's struct page and its content are one object, and so are a page table and its struct page.
 */
export function objectsOf(control: Control): ObjectOf {
  let made: ObjectOf | undefined;
  return (value) => {
    made ??= makeObjects(control);
    return made(value);
  };
}

function makeObjects(control: Control): ObjectOf {
  const { layout, view } = control;
  const page = layout.struct("Page");
  const pageBase = control.get("pageBase");
  const frames = control.get("frames") + 1;
  const pageEnd = pageBase + frames * page.size;
  const contentBase = control.get("contentBase");
  const contentShift = control.get("content") === layout.constant("CONTENT_WORD") ? 3 : 12;
  const contentEnd =
    control.get("content") === layout.constant("CONTENT_NONE")
      ? contentBase
      : contentBase + frames * 2 ** contentShift;
  const kpageBase = control.get("kpageBase");
  const kpageStride = layout.constant("ARENA_PAGE_STRIDE");
  const kpageEnd = kpageBase + control.get("kpages") * kpageStride;
  const kmemBase = control.get("kmemBase");
  const arenaBytes = layout.constant("PAGE_SIZE");
  const kmemEnd = kmemBase + control.get("kpages") * arenaBytes;
  const [flags, kind] = [page.offset("flags"), page.offset("kind")];
  const slab = layout.constant("PG_SLAB");
  const cache = layout.struct("SlabCache");
  const strides = Array.from({ length: layout.constant("SLAB_CACHES") }, (_, number) =>
    view.u32(control.get("slabBase") + number * cache.size + cache.offset("stride")),
  );
  return (value) => {
    if (value >= kmemBase && value < kmemEnd) {
      const number = Math.floor((value - kmemBase) / arenaBytes);
      const struct = kpageBase + number * kpageStride;
      if ((view.u32(struct + flags) & slab) === 0) return struct;
      const stride = strides[view.u32(struct + kind)] ?? 0;
      if (stride === 0) return 0;
      return value - (((value - kmemBase) % arenaBytes) % stride);
    }
    if (value >= pageBase && value < pageEnd) return value - ((value - pageBase) % page.size);
    if (value >= kpageBase && value < kpageEnd) return value - ((value - kpageBase) % kpageStride);
    if (value >= contentBase && value < contentEnd)
      return pageBase + ((value - contentBase) >>> contentShift) * page.size;
    return 0;
  };
}
