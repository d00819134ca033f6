import type { Endpoint } from "./endpoint.ts";
import { describeHost, signingNameOf } from "./form-host.ts";
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

/** The same without what only a description needs: a page that just signs does not load the lists of regions. */
export function parseSigningScope(
  urlOrHost: string | URL,
): Pick<Endpoint, "signingName" | "signingRegion"> | undefined {
  const found = recogniseHost(urlOrHost);
  return found && { signingName: signingNameOf(found.service), signingRegion: found.region };
}
