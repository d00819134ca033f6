const encoder = new TextEncoder();

/**
 * Percent-encodes the UTF-8 bytes of every character but the unreserved ones of RFC 3986, section 2.3. What is encoded
 * already is encoded again.
 */
export function uriEncode(text: string): string {
  return /[^\w.~-]/.test(text) ? text.replace(/[^\w.~-]+/g, encodeBytes) : text;
}

/** The same for a path: slashes stay. */
export function uriEncodePath(path: string): string {
  return /[^\w.~/-]/.test(path) ? path.replace(/[^\w.~/-]+/g, encodeBytes) : path;
}

/**
 * Brings text that is percent-encoded in some way into the one form of Signature Version 4: escapes of unreserved
 * characters are undone, all others are written in upper case, and what was not encoded is. A `%` that begins no escape
 * is a character like others.
 *
 * @param keepSlash whether `/` stands for itself.
 */
export function uriReencode(text: string, keepSlash: boolean): string {
  return text.replace(/%[\dA-Fa-f]{2}|[^\w.~-]/gu, (match) => {
    if (match === "/" && keepSlash) return match;
    if (match.length !== 3 || match[0] !== "%") return encodeBytes(match);
    const character = String.fromCharCode(Number.parseInt(match.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : match.toUpperCase();
  });
}

function encodeBytes(text: string): string {
  let encoded = "";
  for (const byte of encoder.encode(text)) encoded += `%${(byte < 16 ? "0" : "") + byte.toString(16).toUpperCase()}`;
  return encoded;
}
