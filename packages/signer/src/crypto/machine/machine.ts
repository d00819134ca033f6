import { Buffer } from "../node-crypto.ts";
import { code } from "./sha256-code.ts";

/** What lies where in the machine's memory: a state, and a block to compressBlocks into it; */
export const STATE = 0;
export const BLOCK = 32;
/** the digits of the last signature; */
export const RESULT = 96;
/** a state, and the blocks of a canonical request that follow; */
export const CANONICAL = 160;
/** the states after the outer and the inner pad of HMAC, and the blocks of a string to sign that follow the latter. */
export const OUTER = 384;
export const INNER = 416;
/** From here on is what only the machine itself knows. */
export const OWN = 1024;

/** What `write` and `toString` of a Buffer do, without finding out by its name which encoding is meant. */
interface Latin1 {
  latin1Write(text: string, at: number, length: number): number;
  latin1Slice(from: number, to: number): string;
}

/** SHA-256 in WebAssembly, on bytes in its memory. No branch and no address depends on the data. */
export interface Machine {
  readonly memory: InstanceType<typeof Buffer> & Latin1;
  /** Folds the blocks from `words` to `limit` into the state at `from`, and writes the result to `to`. */
  readonly run: (from: number, words: number, limit: number, to: number) => void;
  /** Writes the HMAC over the blocks up to `limit` to `RESULT` in digits, and forgets its key. */
  readonly mac: (limit: number) => void;
  /** The same after the digest of the canonical request up to `canonicalLimit`, in digits, is written to `digestOffset`. */
  readonly sign: (canonicalLimit: number, digestOffset: number, limit: number) => void;
}

let started: { readonly machine: Machine | undefined } | undefined;

/**
 * The machine, where there can be one; started when it is first asked for, which takes longer than a signature. Its
 * program is `sha256-program.ts`.
 */
export function machine(): Machine | undefined {
  return (started ??= { machine: start() }).machine;
}

function start(): Machine | undefined {
  // The states are handed over as they lie in memory, and the machine's memory begins with the low byte.
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return undefined;
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(code, "base64")));
    const { memory, run, mac, sign } = exports as unknown as Machine & { readonly memory: WebAssembly.Memory };
    return { memory: Buffer.from(memory.buffer) as Machine["memory"], run, mac, sign };
  } catch {
    // Some runtimes do not compile while they run, some processors have no vectors of 128 bits.
    return undefined;
  }
}
