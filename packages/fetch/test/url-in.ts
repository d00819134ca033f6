/** The address that a fetch was called with. */
export function urlIn(input: Request | URL | string): string {
  return typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
}
