import { createHash } from "node:crypto";
import { authorise } from "../iam/authorise.ts";
import type { Service } from "../service.ts";
import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Answer, Protocol } from "../wire/protocol.ts";
import { headerOf, type ReceivedHead } from "../wire/received-request.ts";
import { xmlMembers } from "../wire/xml.ts";
import { type Call, callerOf } from "../world.ts";
import { checkChecksums } from "./checksum.ts";
import type { Objects, StoredObject } from "./objects.ts";

/** Errors of every service, as S3 names them: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const codeOf = table<string>({
  InternalFailure: "InternalError",
  InvalidClientTokenId: "InvalidAccessKeyId",
  MissingAuthenticationToken: "AccessDenied",
  Throttling: "SlowDown",
});
const statusOf = table<number>({
  AccessDenied: 403,
  InternalFailure: 500,
  InvalidClientTokenId: 403,
  MissingAuthenticationToken: 403,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  Throttling: 503,
});

const s3Protocol: Protocol = {
  name: "rest-xml",
  result(_operation, output, requestId) {
    const answer = output as Answer;
    return { ...answer, headers: { ...answer.headers, "x-amz-request-id": requestId } };
  },
  error(error, requestId) {
    const status = error.status ?? statusOf[error.code] ?? 400;
    const code = codeOf[error.code] ?? error.code;
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${xmlMembers({ Code: code, Message: error.message, RequestId: requestId })}</Error>`;
    return { status, headers: { "content-type": "application/xml", "x-amz-request-id": requestId }, body };
  },
};

const names: Readonly<Record<string, readonly [operation: string, action: string]>> = {
  GET: ["GetObject", "s3:GetObject"],
  HEAD: ["HeadObject", "s3:GetObject"],
  PUT: ["PutObject", "s3:PutObject"],
  DELETE: ["DeleteObject", "s3:DeleteObject"],
};

/**
 * As much of S3 as asynchronous inference needs: whole objects by path, `https://HOST/BUCKET/KEY`. The signature covers the
 * body, whole or in chunks (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html), and every stated
 * checksum is compared.
 */
export function s3(objects: Objects): Service {
  return {
    name: "s3",
    signingName: "s3",
    protocol: s3Protocol,
    body: "buffered",
    reset: () => objects.clear(),
    operationOf: ({ method }) => names[method]?.[0],
    route(request) {
      const named = Object.hasOwn(names, request.method) ? names[request.method] : undefined;
      const { bucket, key } = placeOf(request);
      if (named === undefined || bucket === "" || key === "") {
        throw new AwsError("NotImplemented", "The local S3 serves GET, HEAD, PUT and DELETE of objects.", {
          status: 501,
        });
      }
      checkImplemented(request);
      const [name, action] = named;
      return {
        name,
        input: { Bucket: bucket, Key: key },
        authentication: "signed",
        permission: () => ({ action, resource: `arn:aws:s3:::${bucket}/${key}` }),
        run(call) {
          if (request.method === "PUT") {
            const { body = request.body, trailers = {} } = call.payload ?? {};
            const stated = Object.fromEntries(request.headers);
            const checksums = checkChecksums({ ...stated, ...trailers }, body);
            const contentType = headerOf(request, "content-type") ?? "binary/octet-stream";
            const metadata = metadataOf(stated);
            const object = { body, contentType, metadata, modifiedAt: call.world.clock.now() };
            objects.put(bucket, key, object);
            return answer(200, { etag: etagOf(object), ...checksums }, "");
          }
          if (request.method === "DELETE") {
            objects.remove(bucket, key);
            return answer(204, {}, "");
          }
          const object = objects.get(bucket, key);
          if (object === undefined) throw missing(call, bucket);
          const headers = {
            ...object.metadata,
            etag: etagOf(object),
            "content-type": object.contentType,
            "last-modified": new Date(object.modifiedAt).toUTCString(),
          };
          // Node sends no body after HEAD, and its length all the same.
          return answer(200, headers, object.body);
        },
      };
    },
  };
}

const systemMetadata = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
]);

/** What an object keeps of the headers of its upload. The encoding of the upload itself is not part of it. */
function metadataOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value.replace(/^aws-chunked(?:,\s*)?/, "")] as const)
      .filter(([name, value]) => value !== "" && (name.startsWith("x-amz-meta-") || systemMetadata.has(name))),
  );
}

/** Headers that make another operation of a request, or a condition of it. */
const unsupported = [
  "x-amz-copy-source",
  "range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
];

/** Operations on parts of an object, such as `?tagging`, have the object's path: refused, never taken for the object's. */
function checkImplemented(request: ReceivedHead): void {
  const parameters = [...request.url.searchParams.keys()];
  const implied =
    unsupported.find((name) => headerOf(request, name) !== undefined) ??
    parameters.find((name) => name !== "x-id" && !/^x-amz-/i.test(name));
  if (implied === undefined) return;
  throw new AwsError(
    "NotImplemented",
    "A header or parameter you provided implies functionality that is not implemented.",
    { status: 501 },
  );
}

/** Only a caller who may list the bucket learns that an object does not exist. */
function missing(call: Call, bucket: string): AwsError {
  authorise(callerOf(call), { action: "s3:ListBucket", resource: `arn:aws:s3:::${bucket}` }, call.origin);
  return new AwsError("NoSuchKey", "The specified key does not exist.", { status: 404 });
}

/** The place as the target names it: S3 keeps dot segments in a key, which a parser of URLs would resolve. */
function placeOf({ target }: ReceivedHead): { readonly bucket: string; readonly key: string } {
  const [path = ""] = target.split("?", 1);
  const [, bucket = "", ...key] = path.split("/");
  try {
    return { bucket, key: key.map(decodeURIComponent).join("/") };
  } catch {
    throw new AwsError("InvalidURI", "Couldn't parse the specified URI.");
  }
}

function etagOf({ body }: StoredObject): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function answer(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array | string): Answer {
  return { status, headers, body };
}
