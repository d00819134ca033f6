import { createClock } from "@countersign/signer";
import { createTransport, type Transport } from "@countersign/transport";
import { type BrokerOptions, resolveOptions } from "./broker-options.ts";
import type { Broker } from "../model/broker.ts";
import { buildBroker } from "./build-broker.ts";
import { defaultProvider } from "../sources/default-source.ts";
import { every } from "./every.ts";
import { createSource } from "../sources/source.ts";
import { createStsClient } from "../sts/sts-client.ts";

/**
 * Makes a broker: it assumes roles through STS, once for each session however many ask, renews them ahead of expiry,
 * and serves what is valid while STS is out of reach.
 *
 * @throws BrokerError `INVALID_OPTION`; SignerError for fixed credentials that cannot be used; TransportError when the
 * process's environment weakens TLS.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 *
 * @example
 * await using broker = createBroker({ region: "eu-west-1" });
 * const role = broker.role({ roleArn: "arn:aws:iam::111122223333:role/Inference" });
 * const credentials = await role.get();
 */
export function createBroker(options: BrokerOptions): Broker {
  resolveOptions(options);
  const { clock = createClock({ onEvent: options.onEvent }), onEvent, region, endpoint = {} } = options;
  const transport: Transport = options.transport ?? createTransport({ clock, ...(onEvent && { onEvent }) });
  const requestHandler = transport.requestHandler();
  return buildBroker(options, {
    clock,
    random: Math.random,
    sts: createStsClient({
      requestHandler,
      endpoint: typeof endpoint === "function" ? endpoint : () => endpoint,
      clock,
    }),
    source: createSource(options.credentials ?? defaultProvider(region, requestHandler), { clock, onEvent }),
    every,
    release: async () => {
      if (transport !== options.transport) await transport.close();
    },
  });
}
