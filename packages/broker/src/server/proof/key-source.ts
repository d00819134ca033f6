import { open } from "node:fs/promises";
import { READ_FLAGS } from "../../model/read-flags.ts";
import { VendingError } from "../vending-error.ts";
import { readText } from "./read-text.ts";

/** Where the keys of an identity provider are read. */
export interface KeySource {
  /** Its host or file, for messages. */
  readonly name: string;
  /** The age at which the keys are read again in the background, in milliseconds. */
  readonly refreshAfterMs: number;
  /** At most one reading in this time for keys that are not known, in milliseconds. */
  readonly coolDownMs: number;
  read(signal: AbortSignal): Promise<string>;
}

const MAX_BYTES = 256 * 1024;

/** Keys behind a URL. */
export function keysAt(url: URL, fetch: typeof globalThis.fetch): KeySource {
  return {
    name: url.host,
    refreshAfterMs: 10 * 60_000,
    coolDownMs: 10_000,
    async read(signal) {
      // Not followed, and reported with its status: an error of `redirect: "error"` does not say why.
      const answer = await fetch(url, { redirect: "manual", headers: { accept: "application/json" }, signal });
      if (answer.ok) return readText(answer, MAX_BYTES);
      await answer.body?.cancel();
      throw new VendingError("UNAVAILABLE", `the answer must have status 200, not ${answer.status}`);
    },
  };
}

/** Keys in a file, as a Kubernetes cluster's administrator exports them: `kubectl get --raw /openid/v1/jwks`. */
export function keysIn(file: string): KeySource {
  return {
    name: file,
    refreshAfterMs: 5_000,
    coolDownMs: 1_000,
    async read() {
      const handle = await open(file, READ_FLAGS);
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) throw new VendingError("UNAVAILABLE", "it must be a file");
        const buffer = Buffer.alloc(MAX_BYTES + 1);
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
        if (bytesRead > MAX_BYTES)
          throw new VendingError("UNAVAILABLE", `the file must have at most ${MAX_BYTES} bytes`);
        return new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, bytesRead));
      } finally {
        await handle.close();
      }
    },
  };
}
