import type { Endpoint } from "./endpoint.ts";
import { describeHost } from "./form-host.ts";
import { recogniseHost } from "./recognise-host.ts";

/**
 * Recognises a host that `resolveEndpoint` forms, and the buckets below S3's; `undefined` for every other host, and
 * for one that is not reached through TLS.
 *
 * @example
 * parseEndpoint("https://sts.eu-west-1.amazonaws.com/")?.signingRegion; // "eu-west-1"
 */
export function parseEndpoint(urlOrHost: string | URL): Endpoint | undefined {
  const found = recogniseHost(urlOrHost);
  return found && describeHost(found, found.host);
}
