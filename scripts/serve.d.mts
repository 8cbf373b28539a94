/** See serve.mjs. */
export declare const ISOLATED: Readonly<Record<string, string>>;
export declare function serve(
  folder: string,
  options?: { readonly isolated?: boolean; readonly port?: number },
): Promise<{ readonly url: string; close(): Promise<void> }>;
