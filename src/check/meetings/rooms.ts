/** What several meetings begin with. */

/** Two anonymous pages of a mapping. */
export const PAGES = "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2";
/** Three equal pages and another one, which may merge. */
export const EQUAL =
  "0 mmap 0 8 rw private anon; 0 madvise 0 8 mergeable; 0 write 0 5; 0 write 1 5; 0 write 2 5; 0 write 3 6";
/** Pages of a file, shared and private. */
export const FILE =
  "0 mmap 0 4 rw shared file 0; 0 mmap 8 4 rw private file 0; 0 write 0 1; 0 write 1 2; 0 read 9";
