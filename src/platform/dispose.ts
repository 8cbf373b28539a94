/**
 * The symbols of `using` and `await using`. An older platform does not have them. Compilers of newer syntax, such as esbuild,
 * look there for the same names among the registered symbols.
 */

/** Symbol.dispose, or what stands for it. */
export const DISPOSE: typeof Symbol.dispose = (Symbol.dispose ??
  Symbol.for("Symbol.dispose")) as typeof Symbol.dispose;

/** Symbol.asyncDispose, or what stands for it. */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose = (Symbol.asyncDispose ??
  Symbol.for("Symbol.asyncDispose")) as typeof Symbol.asyncDispose;
