const keys = new WeakMap<object, string>();

/** Keeps which access key signed a request, for as long as the request lives. */
export function keepSignedBy(request: object, accessKeyId: string): void {
  keys.set(request, accessKeyId);
}

/** The access key that signed a request. `undefined`: another signer made it, or the client copied the request. */
export function signedBy(request: unknown): string | undefined {
  return typeof request === "object" && request !== null ? keys.get(request) : undefined;
}
