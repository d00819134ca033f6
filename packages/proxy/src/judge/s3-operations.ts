/** An operation of Amazon S3 that the proxy knows. */
export interface S3Operation {
  /** The IAM action, without `s3:`. */
  readonly action: string;
  /** What `x-id` may call it: the names that AWS's API has for a request of this form. */
  readonly names: readonly string[];
}

/**
 * Operations by what the path names, the method, and the parameters that choose an operation, in order.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
const OPERATIONS: Readonly<Record<string, S3Operation>> = {
  "service GET": one("ListAllMyBuckets", "ListBuckets"),
  "bucket GET": one("ListBucket", "ListObjects", "ListObjectsV2"),
  "bucket HEAD": one("ListBucket", "HeadBucket"),
  "bucket GET location": one("GetBucketLocation"),
  "bucket GET uploads": one("ListBucketMultipartUploads", "ListMultipartUploads"),
  "object GET": one("GetObject"),
  "object HEAD": one("GetObject", "HeadObject"),
  "object GET partNumber": one("GetObject"),
  "object HEAD partNumber": one("GetObject", "HeadObject"),
  "object GET versionId": one("GetObjectVersion", "GetObject"),
  "object HEAD versionId": one("GetObjectVersion", "HeadObject"),
  "object GET partNumber&versionId": one("GetObjectVersion", "GetObject"),
  "object HEAD partNumber&versionId": one("GetObjectVersion", "HeadObject"),
  "object PUT": one("PutObject"),
  "object DELETE": one("DeleteObject"),
  "object POST uploads": one("PutObject", "CreateMultipartUpload"),
  "object PUT partNumber&uploadId": one("PutObject", "UploadPart"),
  "object POST uploadId": one("PutObject", "CompleteMultipartUpload"),
  "object DELETE uploadId": one("AbortMultipartUpload"),
  "object GET uploadId": one("ListMultipartUploadParts", "ListParts"),
};

/** @param names by default the action's own. */
function one(action: string, ...names: readonly string[]): S3Operation {
  return { action, names: names.length === 0 ? [action] : names };
}

/** The operation of a request; `undefined` for one that the proxy does not know. @param special in order, joined by `&`. */
export function s3Operation(
  on: "service" | "bucket" | "object",
  method: string,
  special: string,
): S3Operation | undefined {
  const key = special === "" ? `${on} ${method}` : `${on} ${method} ${special}`;
  return Object.hasOwn(OPERATIONS, key) ? OPERATIONS[key] : undefined;
}
