import { checkCredentials, type Clock, createClock } from "@countersign/signer";
import { checkOptions, clockShape, listOf, optional, text, contract } from "@countersign/signer/options";
import { Hono } from "hono";
import { refuseOption } from "../../errors/refuse.ts";
import type { Broker } from "../../model/broker.ts";
import type { BrokerCredentials } from "../../model/credentials.ts";
import { refusalAnswer } from "./answer.ts";
import { rfc3339Seconds } from "./rfc3339.ts";
import { vend } from "../grants/vend.ts";
import { VendingError } from "../vending-error.ts";
import { SDK_TTL_MS } from "./sdk-ttl.ts";

/** Roles for the command lines of the user who runs the daemon. */
export interface CommandLineConfig {
  /** ARNs of the roles. */
  readonly roles: readonly string[];
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
}

/**
 * Makes the app of the daemon's Unix socket: `GET /v1/credential-process?role=ARN`, in the output format of AWS's
 * `credential_process`. The permissions of the socket's file decide who may connect; never serve the app on a port.
 *
 * @throws BrokerError `INVALID_OPTION`, or `INVALID_SPEC` for an ARN that STS would not accept.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function createCommandLineApp(broker: Broker, unchecked: CommandLineConfig): Hono {
  const config = checkOptions(unchecked, { roles: listOf(text), clock: optional(clockShape) }, refuseOption);
  const { clock = createClock() } = config;
  contract("a broker from createBroker()", "role")(broker, "broker", refuseOption);
  const roles = new Map(config.roles.map((roleArn) => [roleArn, broker.role({ roleArn })]));
  const app = new Hono();
  app.get("/v1/credential-process", async (context) => {
    const requestId = crypto.randomUUID();
    try {
      const role = roles.get(context.req.query("role") ?? "");
      if (role === undefined) throw new VendingError("GRANT_UNKNOWN", "role: must be one of the daemon's roles");
      const credentials = await vend(role, SDK_TTL_MS, clock, context.req.raw);
      return context.json(credentialProcessOutput(credentials), 200, { "cache-control": "no-store" });
    } catch (error) {
      if (error instanceof VendingError) return refusalAnswer(error, { requestId, forContainer: false });
      throw error;
    }
  });
  return app;
}

/** The output of a `credential_process`, version 1. */
export interface CredentialProcessOutput {
  readonly Version: 1;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  /** RFC 3339, in whole seconds. */
  readonly Expiration: string;
  readonly AccountId?: string;
}

/** Credentials in the format that AWS tools read from a `credential_process`. */
export function credentialProcessOutput(credentials: BrokerCredentials): CredentialProcessOutput {
  const { accessKeyId, secretAccessKey, sessionToken, accountId, expiration } = checkCredentials(credentials);
  if (expiration === undefined || sessionToken === undefined) {
    refuseOption("credentials: must be temporary, with a session token and an expiration", "credentials");
  }
  return {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: rfc3339Seconds(expiration),
    ...(accountId === undefined ? {} : { AccountId: accountId }),
  };
}
