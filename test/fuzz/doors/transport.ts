import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { sessionGroup, withoutGroup } from "../../../packages/transport/src/connection/key-share.ts";
import { publicKeyInfo } from "../../../packages/transport/src/connection/public-key-info.ts";
import { TransportError } from "../../../packages/transport/src/index.ts";
import { parseNoProxy } from "../../../packages/transport/src/proxy/no-proxy.ts";
import { openHttpTunnel } from "../../../packages/transport/src/proxy/http-tunnel.ts";
import { openSocksTunnel } from "../../../packages/transport/src/proxy/socks-tunnel.ts";
import { type Door, SECRET } from "../door.ts";

const target = { host: "sts.eu-west-1.amazonaws.com", port: 443 };

/** A proxy that answers with these bytes, in two pieces, and closes. */
function proxySaying(answer: string): Socket {
  const bytes = Buffer.from(answer, "latin1");
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const middle = bytes.length >> 1;
  setImmediate(() => {
    socket.push(bytes.subarray(0, middle));
    socket.push(bytes.subarray(middle));
    setImmediate(() => socket.destroy());
  });
  return socket as Socket;
}

/** A refusal, or the end of the connection. */
const refuses = (error: unknown): boolean =>
  error instanceof TransportError || (error as NodeJS.ErrnoException).code === "ECONNRESET";

const latin1 = (...bytes: readonly number[]): string => Buffer.from(bytes).toString("latin1");

export const transportDoors: readonly Door[] = [
  {
    name: "transport: the answer of a proxy to CONNECT",
    seeds: [
      "HTTP/1.1 200 Connection established\r\n\r\n",
      `HTTP/1.1 407 Proxy Authentication Required\r\nx: ${SECRET}\r\n\r\n`,
      "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.0 200 OK\r\nvia: a\r\n\r\n",
    ],
    words: ["HTTP/1.1 ", "HTTP/2 ", "\r\n\r\n", "\n\n", "100", "200", "999"],
    refuses,
    read: (input) =>
      openHttpTunnel(
        proxySaying(input),
        { kind: "http", host: "proxy", port: 1, tls: false, authorization: SECRET },
        target,
      ),
  },
  {
    name: "transport: the answers of a SOCKS proxy",
    seeds: [
      latin1(5, 2, 1, 0, 5, 0, 0, 1, 127, 0, 0, 1, 1, 187),
      latin1(5, 2, 1, 0, 5, 0, 0, 3, 1, 97, 1, 187),
      latin1(5, 2, 1, 0, 5, 4, 0, 4, ...Array.from({ length: 16 }, () => 0), 1, 187),
      `${latin1(5, 2, 1, 1)}${SECRET}`,
    ],
    words: [latin1(5, 255), latin1(5, 0, 0, 3, 255), latin1(4, 90)],
    refuses,
    read: (input) =>
      openSocksTunnel(
        proxySaying(input),
        { kind: "socks5h", host: "proxy", port: 1, tls: false, credentials: Buffer.from(SECRET) },
        target,
      ),
  },
  {
    name: "transport: NO_PROXY",
    seeds: ["localhost,.internal,10.0.0.0/8,[::1]:443,*.a.test:8443", "*", "fe80::1%eth0 169.254.169.254"],
    words: ["/33", "::", "[", "]", ":", "%", "*.", ".,"],
    read: (input) => parseNoProxy(input)(target.host, target.port),
  },
  {
    name: "transport: a session of OpenSSL",
    seeds: [
      latin1(0x30, 8, 2, 1, 1, 0xb3, 3, 2, 1, 0x1d),
      latin1(0x30, 9, 2, 1, 1, 0xb3, 4, 2, 2, 0x11, 0xec),
      `localhost${latin1(0x30, 0x81, 9, 2, 1, 1, 0xb3, 4, 2, 2, 0x11, 0xec)}`,
    ],
    words: [latin1(0x30, 0x84), latin1(0x30, 0x80), latin1(0xb3, 3, 2, 1, 1), latin1(2, 1, 1)],
    read(input) {
      const session = Buffer.from(input, "latin1");
      const offered = withoutGroup(session);
      // What is offered has no group that a later handshake could be credited with.
      if (offered !== undefined && sessionGroup(offered) !== undefined) throw new Error("a group is left");
      sessionGroup(session);
    },
  },
  {
    name: "transport: the key in a certificate",
    seeds: [
      latin1(0x30, 22, 0x30, 20, 0xa0, 3, 2, 1, 2, 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 2, 5, 0),
      latin1(0x30, 17, 0x30, 15, 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 2, 5, 0),
    ],
    words: [latin1(0x30, 0x83, 255, 255, 255), latin1(0x30, 0x80), latin1(0xa0, 0)],
    refuses: (error) => error instanceof Error && error.message === "the certificate is not in DER",
    read: (input) => publicKeyInfo(Buffer.from(input, "latin1")),
  },
];
