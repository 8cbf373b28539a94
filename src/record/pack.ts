/** Packs values of MMAP and MREMAP into one field of their record, because they have no field of their own. */

/** The shifts, by their names in the engine's layout. */
export interface Shifts {
  /** MMAP's aux: the flags are above the protection. */
  readonly MMAP_FLAGS_SHIFT: number;
  /** MMAP's c: the file's slot is above the offset in pages. */
  readonly MMAP_FILE_SHIFT: number;
  /** MREMAP's aux: the new length in pages is above the flags. */
  readonly MREMAP_LEN_SHIFT: number;
}

/** Reads the shifts by name, for instance with `layout.constant`. Throws what `constant` throws for an unknown name. */
export function readShifts(constant: (name: string) => number): Shifts {
  return {
    MMAP_FLAGS_SHIFT: constant("MMAP_FLAGS_SHIFT"),
    MMAP_FILE_SHIFT: constant("MMAP_FILE_SHIFT"),
    MREMAP_LEN_SHIFT: constant("MREMAP_LEN_SHIFT"),
  };
}

/** MMAP's aux. Flags use more than 24 bits, so the result is unsigned. */
export function mmapAux({ MMAP_FLAGS_SHIFT }: Shifts, protection: number, flags: number): number {
  return (protection | (flags << MMAP_FLAGS_SHIFT)) >>> 0;
}

/** The flags in an MMAP's aux. */
export function mmapFlags({ MMAP_FLAGS_SHIFT }: Shifts, aux: number): number {
  return aux >>> MMAP_FLAGS_SHIFT;
}

/** The protection in an MMAP's aux. */
export function mmapProtection({ MMAP_FLAGS_SHIFT }: Shifts, aux: number): number {
  return aux & ((1 << MMAP_FLAGS_SHIFT) - 1);
}

/** MMAP's c, exact for files in the first 8,192 slots. */
export function mmapWhere({ MMAP_FILE_SHIFT }: Shifts, file: number, page: number): number {
  return file * 2 ** MMAP_FILE_SHIFT + page;
}

/** The file's slot in an MMAP's c; 0 for none. */
export function mmapFile({ MMAP_FILE_SHIFT }: Shifts, where: number): number {
  return Math.floor(where / 2 ** MMAP_FILE_SHIFT);
}

/** The offset in pages in an MMAP's c. */
export function mmapPage({ MMAP_FILE_SHIFT }: Shifts, where: number): number {
  return where % 2 ** MMAP_FILE_SHIFT;
}

/** MREMAP's aux. */
export function mremapAux({ MREMAP_LEN_SHIFT }: Shifts, flags: number, pages: number): number {
  return flags + pages * 2 ** MREMAP_LEN_SHIFT;
}

/** The flags in an MREMAP's aux. */
export function mremapFlags({ MREMAP_LEN_SHIFT }: Shifts, aux: number): number {
  return aux % 2 ** MREMAP_LEN_SHIFT;
}

/** The new length in pages in an MREMAP's aux. */
export function mremapPages({ MREMAP_LEN_SHIFT }: Shifts, aux: number): number {
  return Math.floor(aux / 2 ** MREMAP_LEN_SHIFT);
}
