import { own } from "../errors/own.ts";
import { checkCredentials } from "./check-credentials.ts";
import type { AwsCredentials } from "./credentials.ts";

/**
 * The parts of credentials that a signature is made of, each read once: a getter may answer otherwise the second time, and
 * what was checked is what is used.
 *
 * @throws SignerError as `checkCredentials`.
 */
export function readCredentials(credentials: AwsCredentials): AwsCredentials {
  if (typeof credentials !== "object" || credentials === null) return checkCredentials(credentials);
  return checkCredentials({
    accessKeyId: own(credentials, "accessKeyId")!,
    secretAccessKey: own(credentials, "secretAccessKey")!,
    sessionToken: own(credentials, "sessionToken"),
    expiration: own(credentials, "expiration"),
  });
}
