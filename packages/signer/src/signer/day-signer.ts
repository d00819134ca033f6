import { hmacKeyOf, secretOf, type SigningKey } from "../sigv4/signing-key.ts";
import { mac } from "#platform/mac";
import { sha256Hex, toHex } from "#platform/sha256";
import type { HmacKey } from "../crypto/hmac.ts";
import { type HexDigestBlocks, hexDigestBlocks, stateBytes } from "../crypto/machine/hex-digest-blocks.ts";
import { CANONICAL, INNER, type Machine, machine, OUTER, OWN, RESULT } from "../crypto/machine/machine.ts";
import { digestTo, MAX_TEXT } from "../crypto/machine/text-digest.ts";
import { bytesOf, update } from "../crypto/sha256-digest.ts";
import * as portable from "../platform/web/hmac-signer.ts";
import { ALGORITHM, stringToSign } from "../sigv4/string-to-sign.ts";

/** Signs with one key, in any second of its day. */
export interface DaySigner {
  /** @param hash the hash of a canonical request: 64 hexadecimal digits. */
  readonly sign: (timestamp: string, hash: string) => string;
  /** Hashes a canonical request and signs it. @param calm whether this is one of the first signatures of its second. */
  readonly signText: (timestamp: string, text: string, calm: boolean) => string;
  /** @param hash the digits that the canonical request waits for. */
  readonly signBlocks: (timestamp: string, machine: Machine, canonical: HexDigestBlocks, hash: string) => string;
}

/** From this many signatures within a second on, it pays to lay out the blocks for that second. */
export const MANY = 8;

const daySigners = new WeakMap<SigningKey, DaySigner>();

/** The signer of a key. What it keeps goes with the key. */
export function daySignerOf(key: SigningKey): DaySigner {
  let signer = daySigners.get(key);
  if (signer === undefined) daySigners.set(key, (signer = createDaySigner(key)));
  return signer;
}

/**
 * In the string to sign only the time and the last line change, and the pads of HMAC never do. The rest is laid out
 * once a day, and a signature takes three blocks and one in the machine. Within a second the time is constant too:
 * after `MANY` signatures it is laid out as well, which saves a block.
 *
 * The first signature is made by OpenSSL: a process that signs once need not prepare for more.
 */
function createDaySigner(key: SigningKey): DaySigner {
  let isFirst = true;
  let second = "";
  let count = 0;
  let hmac: HmacKey | undefined;
  let ofDay: LaidOutDay | undefined;
  let ofSecond: LaidOut | undefined;

  function laidOutFor(timestamp: string, fast: Machine): LaidOut {
    if (timestamp !== second || ofSecond === undefined) {
      ofSecond = layOut(fast, (hmac ??= hmacKeyOf(key)), prefixOf(key, timestamp));
      second = timestamp;
    }
    return ofSecond;
  }

  function laidOutDay(fast: Machine): LaidOutDay {
    return (ofDay ??= layOutDay(fast, key, (hmac ??= hmacKeyOf(key))));
  }

  function sign(timestamp: string, hash: string): string {
    if (isFirst) {
      isFirst = false;
      return toHex(mac(secretOf(key), prefixOf(key, timestamp) + hash));
    }
    const fast = machine();
    if (fast === undefined) return portable.createHmacSigner(key, timestamp)(hash);
    if (timestamp !== second) {
      second = timestamp;
      count = 0;
      ofSecond = undefined;
    }
    if (ofSecond !== undefined || ++count > MANY) return laidOutFor(timestamp, fast).signHash(hash);
    return laidOutDay(fast).signHash(timestamp, hash);
  }

  function signText(timestamp: string, text: string, calm: boolean): string {
    const fast = calm && !isFirst && text.length <= MAX_TEXT ? machine() : undefined;
    return fast === undefined ? sign(timestamp, sha256Hex(text)) : laidOutDay(fast).signText(timestamp, text);
  }

  return {
    sign,
    signText,
    signBlocks: (timestamp, fast, canonical, hash) => laidOutFor(timestamp, fast).signBlocks(canonical, hash),
  };
}

/** What signs in any second, once all that stays the same for a day is laid out. */
interface LaidOutDay {
  readonly signHash: (timestamp: string, hash: string) => string;
  readonly signText: (timestamp: string, text: string) => string;
}

function layOutDay(fast: Machine, key: SigningKey, hmacKey: HmacKey): LaidOutDay {
  const rest = bytesOf(prefixOf(key, "00000000T000000Z"));
  const { bytes, digestOffset, limit } = keyed(hmacKey, hexDigestBlocks({ ...hmacKey.inner, rest }));
  // Only Region and service names of some hundred letters need so much room.
  if (limit > OWN) {
    const signHash = (timestamp: string, hash: string): string =>
      layOut(fast, hmacKey, prefixOf(key, timestamp)).signHash(hash);
    return { signHash, signText: (timestamp, text) => signHash(timestamp, sha256Hex(text)) };
  }
  const { memory, mac: signText } = fast;
  const timestampOffset = INNER + 32 + ALGORITHM.length + 1;
  const layTime = (timestamp: string): void => {
    memory.set(bytes, OUTER);
    memory.latin1Write(timestamp, timestampOffset, 16);
  };
  const result = (): string => {
    signText(limit);
    return memory.latin1Slice(RESULT, RESULT + 64);
  };
  return {
    signHash(timestamp, hash) {
      layTime(timestamp);
      memory.latin1Write(hash, digestOffset, 64);
      return result();
    },
    signText(timestamp, text) {
      layTime(timestamp);
      digestTo(fast, text, digestOffset);
      return result();
    },
  };
}

/** The string to sign without its last line. */
function prefixOf(key: SigningKey, timestamp: string): string {
  return stringToSign(ALGORITHM, timestamp, key.credentialScope, "");
}

/** Signs in the machine with everything constant laid out. */
interface LaidOut {
  readonly signHash: (hash: string) => string;
  readonly signBlocks: (canonical: HexDigestBlocks, hash: string) => string;
}

/** The blocks that the machine's memory holds at `CANONICAL`: only `signBlocks` writes there. */
let blocksInMemory: Uint8Array | undefined;

function layOut({ memory, mac: signText, sign }: Machine, key: HmacKey, prefix: string): LaidOut {
  const { bytes, digestOffset, limit } = keyed(key, hexDigestBlocks(update(key.inner, prefix)));
  const result = (): string => memory.latin1Slice(RESULT, RESULT + 64);

  return {
    signHash(hash) {
      memory.set(bytes, OUTER);
      memory.latin1Write(hash, digestOffset, 64);
      signText(limit);
      return result();
    },
    signBlocks(canonical, hash) {
      const blocks = canonical.bytes;
      if (blocksInMemory !== blocks) memory.set(blocks, CANONICAL);
      blocksInMemory = blocks;
      memory.latin1Write(hash, CANONICAL + canonical.digestOffset, 64);
      memory.set(bytes, OUTER);
      sign(CANONICAL + blocks.length, digestOffset, limit);
      return result();
    },
  };
}

/** A message as the machine takes it, with the key's outer state in front: the machine forgets keys. */
function keyed(
  { outer }: HmacKey,
  message: HexDigestBlocks,
): { readonly bytes: Uint8Array; readonly digestOffset: number; readonly limit: number } {
  const bytes = new Uint8Array(INNER - OUTER + message.bytes.length);
  bytes.set(stateBytes(outer.state));
  bytes.set(message.bytes, INNER - OUTER);
  return { bytes, digestOffset: INNER + message.digestOffset, limit: OUTER + bytes.length };
}
