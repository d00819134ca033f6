import { type DerElement, readElement } from "./der.ts";

/**
 * Reads the key exchange group of a TLS 1.3 handshake out of the connection's session.
 *
 * The group proves forward secrecy, and Node has no other proof: with a hybrid group, `getEphemeralKeyInfo()` is empty on
 * Node 22 and 24 (nodejs/node#59452), and Node 26 repeats the group of the original session on a resumed connection that
 * exchanged no keys (`psk_ke`, RFC 8446, section 4.2.9).
 *
 * OpenSSL 3 serializes a session as DER. The element `[19] EXPLICIT INTEGER` holds the group, and each key share that
 * arrives overwrites it (ssl/ssl_asn1.c, ssl/statem/extensions_clnt.c). So {@link withoutGroup} puts a placeholder into
 * the session that is offered: if the placeholder is still there after the handshake, no key share arrived.
 */
const groupTag = 0xb3;

/** Numbers that no policy offers (sect163k1, and an unassigned one), by the bytes that the real number takes. */
const placeholders: readonly (number | undefined)[] = [undefined, 0x01, 0x7f7f];

/** The position of the group's number in a serialized session. */
interface GroupPosition {
  readonly start: number;
  readonly length: number;
}

/** The group's number in the IANA registry, or `undefined` if the session holds no group or the placeholder. */
export function sessionGroup(session: Buffer | undefined): number | undefined {
  const found = session && findGroup(session);
  if (session === undefined || found === undefined) return undefined;
  const group = session.readUIntBE(found.start, found.length);
  return placeholders.includes(group) ? undefined : group;
}

/** A copy of the session that holds the placeholder. `undefined` if the session's format is unknown. */
export function withoutGroup(session: Buffer): Buffer | undefined {
  const found = findGroup(session);
  const placeholder = found && placeholders[found.length];
  if (found === undefined || placeholder === undefined) return undefined;
  const copy = Buffer.from(session);
  copy.writeUIntBE(placeholder, found.start, found.length);
  return copy;
}

function findGroup(session: Buffer): GroupPosition | undefined {
  let position = sequenceStart(session);
  while (position !== undefined && position < session.length) {
    const element = readElement(session, position);
    if (element === undefined) return undefined;
    if (session[position] === groupTag) return integerIn(session, element);
    position = element.end;
  }
  return undefined;
}

function integerIn(der: Buffer, { start, end }: DerElement): GroupPosition | undefined {
  const inner = readElement(der, start);
  if (der[start] !== 0x02 || inner === undefined || inner.end !== end) return undefined;
  const length = inner.end - inner.start;
  return length === 1 || length === 2 ? { start: inner.start, length } : undefined;
}

/** As long as a host name may be, with room for what surrounds it. */
const maxPrefix = 512;

/**
 * Where the first element of the session's SEQUENCE begins. Node 22.23 and 26.9 write the server's name in front of the
 * SEQUENCE, so it starts at the first place from which it fits exactly.
 */
function sequenceStart(session: Buffer): number | undefined {
  const last = Math.min(maxPrefix, session.length);
  for (let position = 0; position < last; position++) {
    if (session[position] !== 0x30) continue;
    const sequence = readElement(session, position);
    // The session's version is the INTEGER 1.
    if (sequence?.end !== session.length) continue;
    if (session.toString("hex", sequence.start, sequence.start + 3) === "020101") return sequence.start;
  }
  return undefined;
}
