/** A new page of objects, and nothing orders their construction. */

/** The objects are constructed. Nothing orders that before their addresses are known. */
function constructed(): void {}
