/** A new page of objects, and nothing orders their construction. Argued in October 2008. */

/** The objects are constructed. Nothing orders that before their addresses are known. */
function constructed(): void {}
