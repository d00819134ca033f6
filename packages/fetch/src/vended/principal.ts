import { sha256Hex } from "@countersign/signer/async";
import { own } from "../call/own.ts";

/**
 * Whom a token speaks for: what tells the sessions of one user from those of another.
 *
 * It is the issuer and subject of a JWT, read without verifying it: the broker must trust the token, and a page that
 * could forge a token here could read the credentials as well. A token of another form stands for itself.
 */
export function principalOf(token: string): string {
  try {
    const [, payload = ""] = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token) ?? [];
    // Decoded byte by byte: the names are only compared, never shown.
    const { iss, sub } = own<{ iss: string; sub: string }>(
      JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))),
    );
    // Two users could share an empty subject. Not as a list, which the `toJSON` of a polluted `Object.prototype` would
    // write. No bearer token has a space, so none is the text of another user.
    if (sub > "") return JSON.stringify(iss) + " " + JSON.stringify(sub);
  } catch {
    // The token is not a JWT.
  }
  return token;
}

/** A name for the principal's lock and channel: a hash, because every script of the origin can read such names. */
export function nameOf(principal: string): Promise<string> {
  return sha256Hex(principal);
}
