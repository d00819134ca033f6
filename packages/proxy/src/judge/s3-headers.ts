import { denied } from "../refusal.ts";

/** Headers that need no IAM action besides that of the operation. */
const PLAIN =
  /^x-amz-(?:content-sha256|date|security-token|user-agent|checksum-[a-z0-9-]+|sdk-checksum-algorithm|trailer|decoded-content-length|storage-class|server-side-encryption(?:-[a-z0-9-]+)?|meta-.+|expected-bucket-owner|request-payer|mp-object-size|optional-object-attributes)$/u;

/** Headers that make a request do more, and the IAM action that each needs. */
const FURTHER: readonly (readonly [name: RegExp, action: string])[] = [
  [/^x-amz-(?:acl|grant-[a-z-]+)$/u, "s3:PutObjectAcl"],
  [/^x-amz-tagging$/u, "s3:PutObjectTagging"],
  [/^x-amz-object-lock-(?:mode|retain-until-date)$/u, "s3:PutObjectRetention"],
  [/^x-amz-object-lock-legal-hold$/u, "s3:PutObjectLegalHold"],
  [/^x-amz-bypass-governance-retention$/u, "s3:BypassGovernanceRetention"],
];

/**
 * Names the actions that the headers of a request to Amazon S3 ask for beside its operation, such as to publish an object
 * with `x-amz-acl`.
 *
 * @param names lower-case.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 * @throws Refusal `AccessDeniedException` for a copy, and for a header of `x-amz-*` that this table does not know.
 */
export function headerActions(names: Iterable<string>): string[] {
  return [...names].flatMap((name) => {
    if (!name.startsWith("x-amz-") || PLAIN.test(name)) return [];
    if (name.startsWith("x-amz-copy-source"))
      throw denied("Copies are refused: the proxy judges one object per request. Read the source and write the copy.");
    const action = FURTHER.find(([form]) => form.test(name))?.[1];
    if (action === undefined)
      throw denied(`The proxy cannot tell what the header ${name.slice(0, 64)} asks of Amazon S3: leave it out.`);
    return [action];
  });
}
