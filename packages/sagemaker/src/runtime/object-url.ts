import { SageMakerError } from "../core/error.ts";
import { excerpt } from "../core/text.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const objectLocation = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s;

/**
 * The URL of an object, with the bucket in the path: it serves bucket names with dots, VPC endpoints and addresses of your
 * own alike.
 *
 * @param service the URL of S3, without a slash at its end.
 * @throws SageMakerError `INVALID_RESPONSE` for another location than an S3 URI, and for one whose key a client would rewrite.
 */
export function objectUrl(service: string, location: string): string {
  const [, bucket, key] = objectLocation.exec(location) ?? [];
  if (bucket === undefined || key === undefined || key.split("/").some((part) => part === "." || part === "..")) {
    throw new SageMakerError(
      "INVALID_RESPONSE",
      `the location of the output is not an S3 URI: ${excerpt(location, 200)}`,
    );
  }
  return `${service}/${bucket}/${key.split("/").map(encodePart).join("/")}`;
}

/** Encodes all but letters, digits and `-._~`, as the signature does. */
function encodePart(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
