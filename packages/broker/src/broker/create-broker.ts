import { createClock } from "@countersign/signer";
import { createTransport, type Transport } from "@countersign/transport";
import { type BrokerOptions, resolveOptions } from "./broker-options.ts";
import type { Broker } from "../model/broker.ts";
import { buildBroker } from "./build-broker.ts";
import { every } from "./every.ts";
import { createSource } from "../sources/source.ts";
import { defaultChain } from "../sources/sources.ts";
import { createStsClient } from "../sts/sts-client.ts";

/**
 * Makes a broker. It assumes roles through STS with one call for each session, renews sessions before they expire, and
 * serves valid credentials while STS cannot be reached.
 *
 * @throws BrokerError `INVALID_OPTION`; SignerError for fixed credentials that cannot sign; TransportError when the
 * environment of the process weakens TLS.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 *
 * @example
 * const broker = createBroker({ region: "eu-west-1" });
 * const role = broker.role({ roleArn: "arn:aws:iam::111122223333:role/Inference" });
 * const credentials = await role.get();
 * await broker.close();
 */
export function createBroker(options: BrokerOptions): Broker {
  const resolved = resolveOptions(options);
  const { clock = createClock({ onEvent: resolved.onEvent }), onEvent, region, endpoint = {} } = resolved;
  const transport: Transport =
    resolved.transport ?? createTransport({ clock, allowLoopbackHttp: true, ...(onEvent && { onEvent }) });
  const requestHandler = transport.requestHandler();
  return buildBroker(resolved, {
    clock,
    random: Math.random,
    sts: createStsClient({
      requestHandler,
      endpoint: typeof endpoint === "function" ? endpoint : () => endpoint,
      clock,
    }),
    source: createSource(
      resolved.credentials === undefined ? defaultChain({ transport, region, clock }) : resolved.credentials,
      { clock, onEvent },
    ),
    every,
    release: async () => {
      if (transport !== resolved.transport) await transport.close();
    },
  });
}
