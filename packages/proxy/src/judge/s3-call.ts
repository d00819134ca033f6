import type { Received } from "../receive/received.ts";
import { denied } from "../refusal.ts";
import { decodeName } from "./decode-name.ts";
import type { ServiceCall } from "./call.ts";
import { headerActions } from "./s3-headers.ts";

/** Query parameters that choose no other operation. Every other parameter without a rule below is refused. */
const PLAIN =
  /^(?:list-type|prefix|delimiter|continuation-token|start-after|max-keys|encoding-type|fetch-owner|marker|x-id|response-[a-z-]+|x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-mode|sdk-checksum-algorithm))$/iu;

/**
 * Names the action of a request to Amazon S3, path-style (`/bucket/key`). It knows objects, listings and multipart
 * uploads: what SageMaker's clients move. Subresources such as `?acl` and `?policy` are refused.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 * @throws Refusal `AccessDeniedException`.
 */
export function s3Call({ method, path, query, headers }: Received): ServiceCall {
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?([^]*)$/u.exec(path) ?? [];
  const names = query === "" ? [] : query.split("&").map((pair) => pair.split("=", 1)[0] ?? "");
  const isSingle = (name: string): boolean => names.filter((one) => one === name).length <= 1;
  const special = names
    .filter((name) => !PLAIN.test(name))
    .toSorted()
    .join("&");
  if (bucket !== "" && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u.test(bucket))
    throw denied("The path does not begin with the name of a bucket.");
  const action = bucket === "" ? listBuckets() : key === "" ? bucketAction() : objectAction();
  if (action === undefined || names.includes("") || !names.every(isSingle)) {
    throw denied(
      `The proxy cannot tell which operation of Amazon S3 ${method} ${special === "" ? "" : `with ?${special.slice(0, 64)} `}is.`,
    );
  }
  const resource = [bucket, ...(key === "" ? [] : [decodeName(key)])].join("/");
  const actions = [...new Set([`s3:${action}`, ...headerActions(headers.keys())])];
  return { endpoint: "s3", protocol: "rest-xml", actions, resource };

  function listBuckets(): string | undefined {
    return method === "GET" && special === "" ? "ListAllMyBuckets" : undefined;
  }

  function bucketAction(): string | undefined {
    if (special === "location" && method === "GET") return "GetBucketLocation";
    if (special === "uploads" && method === "GET") return "ListBucketMultipartUploads";
    return special === "" && (method === "GET" || method === "HEAD") ? "ListBucket" : undefined;
  }

  function objectAction(): string | undefined {
    if (special === "" && (method === "GET" || method === "HEAD")) return "GetObject";
    if (special === "versionId" && (method === "GET" || method === "HEAD")) return "GetObjectVersion";
    if (special === "partNumber" && (method === "GET" || method === "HEAD")) return "GetObject";
    if (special === "" && method === "PUT") return "PutObject";
    if (special === "" && method === "DELETE") return "DeleteObject";
    if (special === "uploads" && method === "POST") return "PutObject";
    if (special === "uploadId" && method === "POST") return "PutObject";
    if (special === "partNumber&uploadId" && method === "PUT") return "PutObject";
    if (special === "uploadId" && method === "DELETE") return "AbortMultipartUpload";
    if (special === "uploadId" && method === "GET") return "ListMultipartUploadParts";
    return undefined;
  }
}
