import http2, { type ClientHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import { TransportError } from "../errors/error.ts";
import type { OpenConnection } from "../connection/open-connection.ts";
import { parseOrigin } from "../connection/origin.ts";
import { tlsSuite } from "../policy/tls-suites.ts";
import { authority } from "../proxy/http-tunnel.ts";

/** Opens an HTTP/2 session. */
export type ConnectHttp2 = (origin: string | URL) => Promise<ClientHttp2Session>;

/** Makes `transport.connectHttp2`; `track` is told of each session. */
export function createConnectHttp2(open: OpenConnection, track: (session: ClientHttp2Session) => void): ConnectHttp2 {
  return async function connectHttp2(origin) {
    const { host, port, plaintext } = parseOrigin(origin);
    const { socket, report } = await open({ host, port, plaintext, alpn: ["h2"] });
    const refuse = (reason: string): TransportError => {
      socket.destroy();
      return new TransportError("TLS_PROTOCOL_REFUSED", `${authority(host, port)}: ${reason}`, {
        phase: "handshake",
        handshake: report,
      });
    };
    if (report !== undefined) {
      if ((socket as TLSSocket).alpnProtocol !== "h2") throw refuse("the server does not speak HTTP/2");
      // RFC 9113, section 9.2.2; Node leaves this to its user.
      if (tlsSuite(report.cipher)?.aead !== true) throw refuse(`HTTP/2 forbids ${report.cipher}`);
    }
    const session = http2.connect(`${plaintext ? "http" : "https"}://${authority(host, port)}`, {
      createConnection: () => socket,
    });
    // Its streams fail with the same error; without a listener it would end the process besides.
    session.on("error", () => {});
    track(session);
    return session;
  };
}
