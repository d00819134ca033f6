/** An AWS error. Each protocol writes it in its own format. */
export class AwsError extends Error {
  /** The code as the Query protocol names it; JSON services append `Exception` where AWS does. */
  readonly code: string;
  /** HTTP status; absent: the protocol's own for this code. */
  readonly status: number | undefined;
  /** Further members of a modelled error. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    details: { readonly status?: number; readonly members?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.code = code;
    this.status = details.status;
    this.members = details.members ?? {};
  }
}
