/** Reads a URL or a bare host, which is reached through TLS; `undefined` for what is neither. */
export function readUrl(given: string | URL): URL | undefined {
  // A path would become a host.
  if (typeof given === "string" && /^[/\\.]/.test(given.trim())) return undefined;
  try {
    return new URL(typeof given === "string" && !given.includes("://") ? `https://${given}` : given);
  } catch {
    return undefined;
  }
}
