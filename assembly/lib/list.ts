/** A list of pages through Page.next and prev. Its head and tail are two words. The caller holds the list's lock. */

import { Page } from "../obj/page";

/** Puts `page` at the front. */
export function listAdd(headAt: usize, tailAt: usize, page: Page): void {
  const first = load<u32>(headAt);
  page.prev = 0;
  page.next = first;
  if (first != 0) changetype<Page>(first).prev = changetype<u32>(page);
  else store<u32>(tailAt, changetype<u32>(page));
  store<u32>(headAt, changetype<u32>(page));
}

/** Takes `page` out. The page's own links keep their values. */
export function listDel(headAt: usize, tailAt: usize, page: Page): void {
  if (page.prev != 0) changetype<Page>(page.prev).next = page.next;
  else store<u32>(headAt, page.next);
  if (page.next != 0) changetype<Page>(page.next).prev = page.prev;
  else store<u32>(tailAt, page.prev);
}
