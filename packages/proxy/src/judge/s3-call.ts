import type { Received } from "../receive/received.ts";
import { denied } from "../refusal.ts";
import { decodeName } from "./decode-name.ts";
import type { ServiceCall } from "./call.ts";
import { headerActions } from "./s3-headers.ts";
import { s3Operation } from "./s3-operations.ts";

/** Query parameters that choose no other operation. Every other parameter without a rule is refused. */
const PLAIN =
  /^(?:list-type|prefix|delimiter|continuation-token|start-after|max-keys|encoding-type|fetch-owner|marker|max-buckets|bucket-region|max-uploads|key-marker|upload-id-marker|max-parts|part-number-marker|x-id|response-[a-z-]+|x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-mode|sdk-checksum-algorithm))$/iu;

/**
 * Names the action of a request to Amazon S3, path-style (`/bucket/key`). It knows objects, listings and multipart
 * uploads: what SageMaker's clients move. Subresources such as `?acl` and `?policy` are refused.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 * @throws Refusal `AccessDeniedException`.
 */
export function s3Call({ method, path, query, headers }: Received): ServiceCall {
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?([^]*)$/u.exec(path) ?? [];
  const pairs = query === "" ? [] : query.split("&");
  const names = pairs.map((pair) => pair.split("=", 1)[0] ?? "");
  const isSingle = (name: string): boolean => names.filter((one) => one === name).length <= 1;
  const special = names
    .filter((name) => !PLAIN.test(name))
    .toSorted()
    .join("&");
  if (bucket !== "" && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u.test(bucket))
    throw denied("The path does not begin with the name of a bucket.");
  const operation = s3Operation(bucket === "" ? "service" : key === "" ? "bucket" : "object", method, special);
  if (operation === undefined || names.includes("") || !names.every(isSingle)) {
    throw denied(
      `The proxy cannot tell which operation of Amazon S3 ${method} ${special === "" ? "" : `with ?${special.slice(0, 64)} `}is.`,
    );
  }
  // The SDKs name the operation for those who read logs. Any other name could be believed by another reader.
  if (!pairs.filter((pair) => /^x-id(?:=|$)/iu.test(pair)).every((pair) => operation.names.includes(pair.slice(5))))
    throw denied(`The parameter x-id must name the operation of the request: ${operation.names.join(" or ")}.`);
  const resource = [bucket, ...(key === "" ? [] : [decodeName(key)])].join("/");
  const actions = [...new Set([`s3:${operation.action}`, ...headerActions(headers.keys())])];
  return { endpoint: "s3", protocol: "rest-xml", actions, resource };
}
