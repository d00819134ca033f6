import { type EndpointKind, parseEndpoint } from "@countersign/signer/endpoints";

/** A host of AWS that a client wants to reach through `HTTPS_PROXY`. */
export interface Target {
  /** As the client names it, with the port where it is not 443. */
  readonly host: string;
  readonly endpoint: EndpointKind;
  readonly region: string;
  /** The bucket, where it is part of the host (virtual-hosted style of Amazon S3). */
  readonly bucket?: string | undefined;
}

/** A bucket without dots: with dots, no certificate of Amazon S3 covers the host. */
const BUCKET_HOST = /^([a-z0-9][a-z0-9-]{1,61}[a-z0-9])\.(s3[.-].+)$/u;

/**
 * The host behind the authority of a CONNECT request (`host:443`); `undefined` for every host that AWS's rules do not
 * form, for addresses, and for ports that AWS's rules do not give that host: 8443 is SageMaker's for HTTP/2.
 */
export function targetOf(authority: string): Target | undefined {
  const [, hostname, port] = /^([a-z0-9.-]{1,253}):(443|8443)$/u.exec(authority) ?? [];
  if (hostname === undefined) return undefined;
  const host = port === "443" ? hostname : authority;
  const [, bucket, store = ""] = BUCKET_HOST.exec(host) ?? [];
  const found = parseEndpoint(bucket === undefined ? host : store);
  if (found === undefined || (bucket !== undefined && found.service !== "s3")) return undefined;
  // A bucket that is not told apart from its host would be read out of the path, and be another one.
  // The name of a bucket may begin like the host: `s3.eu-west-1.s3.eu-west-1.amazonaws.com`.
  if (found.service === "s3" && bucket === undefined && (!/^s3[.-]/u.test(host) || /\.s3[.-]/u.test(host)))
    return undefined;
  return { host, endpoint: found.service, region: found.signingRegion, bucket };
}
