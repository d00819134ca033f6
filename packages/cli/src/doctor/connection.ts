import type { Endpoint } from "@countersign/signer/endpoints";
import type { Transport } from "@countersign/transport";
import { type Check, fail, pass, reasonOf } from "./check.ts";

/** What TLS negotiates with an endpoint, held to the policy. */
export async function checkConnection(endpoint: Endpoint, transport: Transport): Promise<Check> {
  const name = `TLS to ${endpoint.service}`;
  try {
    const { protocol, cipher, group, postQuantum, peer } = await transport.probe(endpoint.url);
    const exchange = group === undefined ? "" : `, ${group}${postQuantum ? " (post-quantum)" : ""}`;
    return pass(name, `${protocol}, ${cipher}${exchange}; issued by ${peer.issuer}, until ${peer.validTo}`);
  } catch (error) {
    return fail(name, reasonOf(error), adviceFor(error));
  }
}

// By code, since what helps differs by kind of failure and not by message.
const ADVICE: Readonly<Record<string, string>> = {
  TLS_CERTIFICATE_INVALID: "a proxy may be intercepting: name its authority in AWS_CA_BUNDLE, or go around it",
  TLS_HOST_MISMATCH: "the name resolves to another server: check DNS, or the proxy in between",
  TLS_CIPHER_REFUSED: "what answers offers no forward secrecy: it is not AWS; look for a proxy in between",
  TLS_PROTOCOL_REFUSED: "what answers is older than TLS 1.2: it is not AWS; look for a proxy in between",
  CONNECT_TIMEOUT: "nothing answers: check routes, security groups (port 443) and the proxy",
  PROXY_REFUSED: "the proxy does not let this host through: ask for it, or set NO_PROXY",
};

function adviceFor(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return ADVICE[code] ?? "check routes, security groups (port 443) and the proxy";
}
