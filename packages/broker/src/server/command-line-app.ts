import { Hono } from "hono";
import type { Broker } from "../model/broker.ts";
import type { BrokerCredentials } from "../model/credentials.ts";
import { refusalAnswer } from "./answer.ts";
import { rfc3339Seconds } from "./rfc3339.ts";
import { vend } from "./vend.ts";
import { VendingError } from "./vending-error.ts";

/** What the daemon gives to the command lines of the user it runs as. */
export interface CommandLineConfig {
  /** ARNs of the roles they may have. */
  readonly roles: readonly string[];
}

// botocore's mandatory window is 10 minutes: what is given must outlast it, or it would ask again at once.
const TTL_MS = 16 * 60_000;

/**
 * Makes what the daemon answers on its Unix socket: `GET /v1/credential-process?role=ARN`, in the format that AWS's
 * `credential_process` prints. The socket's file permissions say who may ask; it must never be served on a port.
 *
 * @throws BrokerError `INVALID_SPEC` for an ARN that STS would not take.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function createCommandLineApp(broker: Broker, config: CommandLineConfig): Hono {
  const roles = new Map(config.roles.map((roleArn) => [roleArn, broker.role({ roleArn })]));
  const app = new Hono();
  app.get("/v1/credential-process", async (context) => {
    const requestId = crypto.randomUUID();
    try {
      const role = roles.get(context.req.query("role") ?? "");
      if (role === undefined) throw new VendingError("GRANT_UNKNOWN", "not a role of the daemon's");
      const credentials = await vend(role, TTL_MS, context.req.raw.signal);
      return context.json(credentialProcessOutput(credentials), 200, { "cache-control": "no-store" });
    } catch (error) {
      if (error instanceof VendingError) return refusalAnswer(error, requestId, false);
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
  const { accessKeyId, secretAccessKey, sessionToken, accountId } = credentials;
  return {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: rfc3339Seconds(credentials.expiration),
    ...(accountId === undefined ? {} : { AccountId: accountId }),
  };
}
