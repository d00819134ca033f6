import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import { stream } from "../builtin.ts";
import { negotiate } from "./sockets.ts";

const answers = new WeakMap<SecureContext, Promise<boolean>>();

/**
 * Whether a context refuses TLS 1.2 servers that do not know secure renegotiation (RFC 5746).
 *
 * An attacker on the path can put data in front of a request to such a server without the client noticing.
 * OpenSSL refuses such servers, unless its configuration has `UnsafeLegacyServerConnect` or `UnsafeLegacyRenegotiation`.
 * Node cannot clear these options of a context and does not tell what the server's hello had. So the context is tried
 * once: it gets a server hello without the extension, in memory, and must refuse it.
 */
export function refusesLegacyServers(secureContext: SecureContext): Promise<boolean> {
  let answer = answers.get(secureContext);
  if (answer === undefined) answers.set(secureContext, (answer = tryOut(secureContext)));
  return answer;
}

async function tryOut(secureContext: SecureContext): Promise<boolean> {
  const carrier = legacyServer();
  try {
    const options = { host: "localhost", alpn: [], secureContext, session: undefined, adopt: () => {} };
    await negotiate({ carrier: carrier as Socket, ...options });
    return false;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `${code} ${message}`
      .toLowerCase()
      .replaceAll(/[\s_]+/g, " ")
      .includes("unsafe legacy renegotiation disabled");
  } finally {
    carrier.destroy();
  }
}

/** A server in memory that answers the client's hello with one of 1999, and ends. */
function legacyServer(): Duplex {
  let hello = Buffer.alloc(0);
  return new stream.Duplex({
    read: () => {},
    write(chunk: Buffer, _encoding, done) {
      hello = Buffer.concat([hello, chunk]);
      const suite = firstSuite(hello);
      if (suite !== undefined) {
        hello = Buffer.alloc(0);
        this.push(serverHello(suite));
        this.push(null);
      }
      done();
    },
  });
}

/** The first suite of TLS 1.2 in a client's hello (RFC 5246, section 7.4.1.2). */
function firstSuite(hello: Buffer): number | undefined {
  // Record and message headers, the version, and 32 random bytes come before the session id.
  const start = 5 + 4 + 2 + 32;
  const list = start + 1 + (hello[start] ?? 0);
  if (hello.length < list + 2) return undefined;
  const end = list + 2 + hello.readUInt16BE(list);
  for (let position = list + 2; position + 2 <= Math.min(end, hello.length); position += 2) {
    const suite = hello.readUInt16BE(position);
    // 0x13..: TLS 1.3. 0x00FF: the signal that the client knows RFC 5746.
    if (suite >> 8 !== 0x13 && suite !== 0xff) return suite;
  }
  return undefined;
}

/** A server hello of TLS 1.2 without a session id, compression and extensions. */
function serverHello(suite: number): Buffer {
  const hello = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 1),
    Buffer.from([0, suite >> 8, suite & 0xff, 0]),
  ]);
  return Buffer.concat([Buffer.from([22, 3, 3, 0, hello.length + 4, 2, 0, 0, hello.length]), hello]);
}
