import { Buffer } from "../node-crypto.ts";
import { INITIAL_HASH } from "../sha256-block.ts";
import { code } from "./sha256-code.ts";

/** Addresses in the machine's memory. A state, and a block to compress into it. */
export const STATE = 0;
export const BLOCK = 32;
/** The digits of the last signature. */
export const RESULT = 96;
/** A state, and the blocks of a canonical request that follow it. */
export const CANONICAL = 160;
/** The states after the outer and the inner pad of HMAC, and the blocks of a string to sign that follow the latter. */
export const OUTER = 384;
export const INNER = 416;
/** Memory from here on is used by the machine's program only. */
export const OWN = 1024;
/** The state that every message begins with, and room for a short one. */
export const TEXT = 2048;

/** `write` and `toString` of a Buffer for one encoding, without the search for the encoding's name. */
interface Latin1 {
  latin1Write(text: string, at: number, length: number): number;
  utf8Write(text: string, at: number, length: number): number;
  latin1Slice(from: number, to: number): string;
}

/** SHA-256 in WebAssembly, on bytes in its memory. No branch and no address depends on the data. */
export interface Machine {
  readonly memory: InstanceType<typeof Buffer> & Latin1;
  /** The same, with the plain methods of typed arrays. */
  readonly bytes: Uint8Array;
  /** Compresses the blocks from `words` to `limit` into the state at `from`, and writes the result to `to`. */
  readonly run: (from: number, words: number, limit: number, to: number) => void;
  /** Writes the state at `from`, as a digest in digits, to `to`. */
  readonly digits: (from: number, to: number) => void;
  /** Writes the HMAC over the blocks up to `limit` to `RESULT` in digits, and erases its key from the memory. */
  readonly mac: (limit: number) => void;
  /** The same after the digest of the canonical request up to `canonicalLimit`, in digits, is written to `digestOffset`. */
  readonly sign: (canonicalLimit: number, digestOffset: number, limit: number) => void;
}

let started: { readonly machine: Machine | undefined } | undefined;

/**
 * The machine; `undefined` where the runtime cannot have one. It starts at the first call, which takes longer than a
 * signature. Its program is `sha256-program.ts`.
 */
export function machine(): Machine | undefined {
  return (started ??= { machine: start() }).machine;
}

function start(): Machine | undefined {
  // States are copied as they lie in memory. The machine's memory is little-endian, so the platform's must be too.
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return undefined;
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(code, "base64")));
    const { memory, ...functions } = exports as unknown as Machine & { readonly memory: WebAssembly.Memory };
    const { run, digits, mac, sign } = functions;
    new Int32Array(memory.buffer, TEXT).set(INITIAL_HASH);
    return {
      memory: Buffer.from(memory.buffer) as Machine["memory"],
      bytes: new Uint8Array(memory.buffer),
      run,
      digits,
      mac,
      sign,
    };
  } catch {
    // Some runtimes do not compile while they run, some processors have no vectors of 128 bits.
    return undefined;
  }
}
