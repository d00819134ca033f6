/// <reference types="node" />
// Asked for by hand: an import statement makes Node build a facade with everything that the module exports, and reading
// that loads WebCrypto, the web's File and more, a tenth of a cold start.
type Crypto = typeof import("node:crypto");

const crypto: Crypto = process.getBuiltinModule("node:crypto");

export const createHash: Crypto["createHash"] = crypto.createHash;
export const createHmac: Crypto["createHmac"] = crypto.createHmac;
/** Not every runtime that answers to the `node` condition has the one-shot function. */
export const hash: Crypto["hash"] | undefined = crypto.hash;

export const Buffer: typeof import("node:buffer").Buffer = process.getBuiltinModule("node:buffer").Buffer;
