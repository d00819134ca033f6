/**
 * Percent-encodes every character except the unreserved ones of RFC 3986, section 2.3. An existing escape is encoded
 * again. Half of a surrogate pair becomes U+FFFD, as on the wire.
 */
export function uriEncode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd")).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Brings percent-encoded text into the one form of Signature Version 4: escapes of unreserved characters are decoded,
 * other escapes are written in upper case, and all other characters are encoded. A `%` that begins no escape is a
 * character like others.
 */
export function uriReencode(text: string): string {
  return text.replace(/%[\dA-Fa-f]{2}|[^\w.~-]/gu, (match) => {
    if (match.length < 3) return uriEncode(match);
    const character = String.fromCharCode(Number(`0x${match.slice(1)}`));
    return /[\w.~-]/.test(character) ? character : match.toUpperCase();
  });
}
