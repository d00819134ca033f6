/**
 * Who a token speaks for: what tells the tabs of one user from those of another in the same browser.
 *
 * The issuer and subject of a JWT, read without verifying it: it is the broker that must trust the token, and a page
 * that could forge one here could read the other tab's credentials as well. A token of another form stands for itself.
 * A hash of either, because names of locks and channels are shown to whoever asks for them.
 */
export async function tokenSubject(token: string): Promise<string> {
  let subject: readonly unknown[] = [token];
  try {
    const [, payload = ""] = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token) ?? [];
    // Read byte by byte: nobody is shown the names, they only have to differ.
    const { iss, sub } = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
    if (typeof sub === "string") subject = [iss, sub];
  } catch {
    // No JWT.
  }
  const text = new TextEncoder().encode(JSON.stringify(subject));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).join("-");
}
