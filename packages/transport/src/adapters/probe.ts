import type { HandshakeReport } from "@countersign/signer";
import { TransportError } from "../errors/error.ts";
import type { OpenConnection } from "../connection/open-connection.ts";
import { parseOrigin } from "../connection/origin.ts";

/** Makes `transport.probe`: one handshake, no request. */
export function createProbe(open: OpenConnection): (origin: string | URL) => Promise<HandshakeReport> {
  return async function probe(origin) {
    const { host, port, plaintext } = parseOrigin(origin);
    if (plaintext) {
      throw new TransportError("PLAINTEXT_REFUSED", `${host}: http: has no handshake to report`, {
        phase: "configure",
      });
    }
    const { socket, report } = await open({ host, port, alpn: ["h2", "http/1.1"], plaintext });
    socket.destroy();
    return report as HandshakeReport;
  };
}
