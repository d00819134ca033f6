import { createHash } from "node:crypto";
import { Refusal } from "../refusal.ts";
import type { Watch } from "./passing-body.ts";

/**
 * Hashes a body while it passes. The last piece is held back until the hash is known to be the signed one, so that a
 * changed body is never complete at the other end.
 *
 * @returns a watch that throws the Refusal `XAmzContentSHA256Mismatch`.
 */
export function hashed(sha256: string): Watch {
  const hash = createHash("sha256");
  let held: Buffer | undefined;
  return {
    piece(piece) {
      if (piece.length === 0) return undefined;
      hash.update(piece);
      const passed = held;
      held = piece;
      return passed;
    },
    end() {
      if (hash.digest("hex") !== sha256) throw bodyMismatch();
      return held;
    },
  };
}

/** Passes a body on as it is. */
export const unwatched: Watch = { piece: (piece) => piece, end: () => undefined };

/** The body is not the signed one. */
export function bodyMismatch(): Refusal {
  const message = "The body does not have the hash that x-amz-content-sha256 announces.";
  return new Refusal(400, "XAmzContentSHA256Mismatch", message);
}
