/** Accidental encoding is not nested deeper; the limit stops text made to decode for ever. */
const MAX_ROUNDS = 4;

/** Percent-decodes until nothing changes: what two texts mean, however often either was encoded. Bytes become characters. */
export function decodeEscapes(text: string): string {
  let decoded = text;
  for (let round = 0; round < MAX_ROUNDS && decoded.includes("%"); round++) {
    decoded = decoded.replaceAll(/%[\da-f]{2}/gi, (escape) =>
      String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
    );
  }
  return decoded;
}
