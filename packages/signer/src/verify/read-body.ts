import { readChunkedBody } from "./chunked-body.ts";
import type { SignatureClaim } from "./claim.ts";
import type { PayloadForm } from "./expected-payload.ts";
import { onlyValue, type RequestParts } from "./received-request.ts";
import { createSignatureChain } from "./signature-chain.ts";
import type { VerifiedRequest } from "./verifier.ts";
import { VerifyError } from "./verify-error.ts";
import { trimSpace } from "./white-space.ts";

/** The decoded body: chunks verified and joined. If the body was not given, a chain that verifies it. */
export function readBody(
  parts: RequestParts,
  claim: SignatureClaim,
  form: PayloadForm,
  secretAccessKey: string,
): Pick<VerifiedRequest, "body" | "trailers" | "chain"> {
  if (!form.startsWith("streaming")) return { body: parts.body };
  const chain = form === "streaming-unsigned-trailer" ? undefined : createSignatureChain(secretAccessKey, claim);
  if (parts.body === undefined || form === "streaming-events") return { body: undefined, ...(chain && { chain }) };

  const names = form.endsWith("trailer")
    ? (onlyValue(parts, "x-amz-trailer") ?? "").toLowerCase().split(",").map(trimSpace)
    : undefined;
  const read = readChunkedBody(
    parts.body,
    chain,
    names?.filter((name) => name !== ""),
  );
  if (onlyValue(parts, "x-amz-decoded-content-length") !== String(read.body.length)) {
    throw new VerifyError(
      "IncompleteBody",
      "The body does not have the length that x-amz-decoded-content-length announces.",
    );
  }
  return { body: read.body, ...(names && { trailers: read.trailers }) };
}
