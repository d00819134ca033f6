import { sha256Hex } from "#platform/sha256";
import { listOf, shape } from "../errors/check-options.ts";
import { refuseOption } from "../errors/refuse.ts";
import { decodeEscapes } from "./decode-escapes.ts";

/** How a session token is shown: what tells one from another, and nothing that signs. */
export function redactToken(token: string): string {
  if (typeof token !== "string") refuseOption("token: must be text", "token");
  return `<session token, ${token.length} chars, sha256 ${sha256Hex(token).slice(0, 8)}>`;
}

/** As much of a token in a row is one, or a part of one. */
const TELLTALE_CHARS = 16;

/**
 * Replaces every session token in a text: wherever signing puts one (a header line, a query, encoded once or more
 * often), and wherever a piece of one of those or of a `known` one stands, however it came there.
 */
export function redactTokens(text: string, known: readonly string[] = []): string {
  if (typeof text !== "string") refuseOption("text: must be text", "text");
  listOf(shape("text", (token) => typeof token === "string"))(known, "known", refuseOption);
  const tokens = [...known];
  const shown = text.replaceAll(
    /(x-amz-security-token["']?(?:[ \t]*[:=]|%3D|%253D)[ \t]*["']?)([^\s"'&<>\\]+)/gi,
    (_, name: string, encoded: string) => {
      const token = decodeEscapes(encoded);
      tokens.push(token);
      return name + redactToken(token);
    },
  );
  const pieces = new Set<string>();
  for (const token of new Set(tokens)) {
    for (let i = 0; i + TELLTALE_CHARS <= token.length; i++) pieces.add(token.slice(i, i + TELLTALE_CHARS));
  }
  if (pieces.size === 0) return shown;
  return shown.replaceAll(/[\w+/=%.-]{16,}/g, (run) => {
    const decoded = decodeEscapes(run);
    for (let i = 0; i + TELLTALE_CHARS <= decoded.length; i++) {
      if (pieces.has(decoded.slice(i, i + TELLTALE_CHARS))) return redactToken(decoded);
    }
    return run;
  });
}
