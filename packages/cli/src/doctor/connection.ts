import type { Endpoint } from "@countersign/signer/endpoints";
import type { Transport } from "@countersign/transport";
import { type Check, fail, pass, reasonOf, warn } from "./check.ts";

/** Connects to an endpoint under the TLS policy and reports what was negotiated. */
export async function checkConnection(endpoint: Endpoint, transport: Transport): Promise<Check> {
  const name = `TLS to ${endpoint.service}`;
  if (endpoint.url.protocol === "http:")
    return warn(name, `${endpoint.url.host}: http:, without TLS`, "use http: only for tests on this machine");
  try {
    const { protocol, cipher, group, postQuantum, peer } = await transport.probe(endpoint.url);
    const exchange = group === undefined ? "" : `, ${group}${postQuantum ? " (post-quantum)" : ""}`;
    return pass(name, `${protocol}, ${cipher}${exchange}; issued by ${peer.issuer}, until ${peer.validTo}`);
  } catch (error) {
    return fail(name, reasonOf(error), adviceFor(error));
  }
}

// The advice depends on the kind of failure, which the code tells.
const ADVICE: Readonly<Record<string, string>> = {
  TLS_CERTIFICATE_INVALID:
    "a proxy may be intercepting: name its authority in AWS_CA_BUNDLE, or bypass it with NO_PROXY",
  TLS_HOST_MISMATCH: "the name resolves to another server: check DNS, and any proxy on the way",
  TLS_CIPHER_REFUSED: "this server offers no forward secrecy, so it is not AWS: look for a proxy on the way",
  TLS_PROTOCOL_REFUSED: "this server is older than TLS 1.2, so it is not AWS: look for a proxy on the way",
  CONNECT_TIMEOUT: "no answer: check routes, security groups (port 443) and the proxy",
  PROXY_REFUSED: "the proxy refuses this host: have it allowed, or set NO_PROXY",
};

function adviceFor(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return ADVICE[code] ?? "check routes, security groups (port 443) and the proxy";
}
