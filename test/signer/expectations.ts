import type { SignableRequest, SigningContext } from "@countersign/signer";

/** What each runtime must come to. */
export interface Expectations {
  readonly signRequest: unknown;
  readonly presignRequest: unknown;
  readonly signSync: unknown;
  readonly sign: unknown;
  readonly signLargeText: unknown;
  readonly presign: unknown;
  readonly prepare: unknown;
  readonly s3: unknown;
  readonly events: unknown;
  readonly chunked: unknown;
}

/** A case of AWS's signing test suite, as JSON. */
export interface Vector {
  readonly name: string;
  readonly request: SignableRequest;
  readonly context: Omit<SigningContext, "date"> & { readonly date: string };
  readonly signature: string;
}
