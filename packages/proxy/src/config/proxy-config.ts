import {
  callable,
  checkOptions,
  flag,
  listOf,
  nested,
  oneOf,
  optional,
  type RefuseOption,
  shape,
  text,
  wholeNumber,
} from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import type { Allowance } from "../judge/allowance.ts";
import { ALLOWANCE, CLIENT_LIMITS } from "../options.ts";

/** One client, as the configuration file describes it. */
export interface ClientConfig {
  readonly name: string;
  /** File with the placeholder key as `countersign proxy --issue` prints it: `{ "accessKeyId": …, "secretAccessKey": … }`. */
  readonly keyFile?: string | undefined;
  readonly certificateSha256?: string | undefined;
  /** The role that its requests are signed with. Default: the proxy's own credentials. */
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly allow: readonly Allowance[];
  /** Default: no guard. */
  readonly posture?: "baseline" | "private" | "locked" | undefined;
  readonly replay?: "unique" | "refuse" | undefined;
  readonly maxBodyBytes?: number | undefined;
  readonly requestsPerSecond?: number | undefined;
  readonly maxInFlight?: number | undefined;
}

/** One address. Files are PEM. */
export interface ListenConfig {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly clientCaFile?: string | undefined;
  readonly socket?: string | undefined;
  readonly client?: string | undefined;
}

/** The file of `countersign proxy`. */
export interface ProxyConfig {
  /** Of this format. */
  readonly version: 1;
  /** Of STS, for `roleArn`. Default: as every command finds it. */
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly listen: readonly ListenConfig[];
  /**
   * For clients that are given `HTTPS_PROXY`. The certificate of its authority is written to `caFile` at each start.
   * Default: none.
   */
  readonly forward?: { readonly host?: string | undefined; readonly port: number; readonly caFile: string } | undefined;
  /** Health, readiness and metrics. Default: none. */
  readonly admin?: { readonly host?: string | undefined; readonly port: number } | undefined;
  readonly clients: readonly ClientConfig[];
  readonly fips?: boolean | undefined;
  readonly dualStack?: boolean | undefined;
  readonly maxSkewMs?: number | undefined;
  readonly maxBufferedBytes?: number | undefined;
}

const port = wholeNumber(0, 65_535, "the port");

/**
 * Checks the value of a configuration file.
 *
 * @param refuse throws, told the field that is wrong. Default: throws a `ProxyError` `INVALID_OPTION`.
 */
export function checkProxyConfig(given: unknown, refuse: RefuseOption = refuseOption): ProxyConfig {
  callable(refuse, "refuse", refuseOption);
  const config = checkOptions<ProxyConfig>(
    given as ProxyConfig,
    {
      version: shape("1", (value) => value === 1),
      region: optional(text),
      profile: optional(text),
      listen: listOf(
        nested<ListenConfig>({
          host: optional(text),
          port: optional(port),
          certificateFile: optional(text),
          keyFile: optional(text),
          clientCaFile: optional(text),
          socket: optional(text),
          client: optional(text),
        }),
      ),
      forward: optional(nested<NonNullable<ProxyConfig["forward"]>>({ host: optional(text), port, caFile: text })),
      admin: optional(nested<NonNullable<ProxyConfig["admin"]>>({ host: optional(text), port })),
      clients: listOf(
        nested<ClientConfig>({
          ...CLIENT_LIMITS,
          keyFile: optional(text),
          roleArn: optional(
            shape("the ARN of a role", (value) =>
              /^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/u.test(String(value)),
            ),
          ),
          externalId: optional(text),
          allow: listOf(ALLOWANCE),
          posture: optional(oneOf("baseline", "private", "locked")),
        }),
      ),
      fips: optional(flag),
      dualStack: optional(flag),
      maxSkewMs: optional(wholeNumber(0, 900_000, "milliseconds")),
      maxBufferedBytes: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER, "bytes")),
    },
    refuse,
  );
  if (config.listen.length === 0 && config.forward === undefined) {
    refuse("listen: must have at least one address, or forward must be given", "listen");
  }
  if (config.clients.length === 0) refuse("clients: must have at least one client", "clients");
  for (const [index, { name, keyFile, certificateSha256 }] of config.clients.entries()) {
    const isBound = config.listen.some(({ client }) => client === name);
    if (keyFile === undefined && certificateSha256 === undefined && !isBound) {
      const field = `clients[${index}]`;
      refuse(`${field}: must have keyFile, certificateSha256, or a socket in listen that names it`, field);
    }
  }
  return config;
}
