/**
 * Who a token speaks for: what tells the tabs of one user from those of another in the same browser.
 *
 * The issuer and subject of a JWT, read without verifying it: it is the broker that must trust the token, and a page
 * that could forge one here could read the other tab's credentials as well. A token of another form stands for itself,
 * as a hash. `undefined`: it cannot be told, and nothing is shared.
 */
export async function tokenSubject(token: string): Promise<string | undefined> {
  const claims = jwtClaims(token);
  if (typeof claims?.["sub"] === "string") return digest(JSON.stringify(["jwt", claims["iss"], claims["sub"]]));
  return digest(JSON.stringify(["opaque", token]));
}

function jwtClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/u.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const binary = atob(payload.replace(/-/gu, "+").replace(/_/gu, "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? (claims as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

async function digest(text: string): Promise<string | undefined> {
  const subtle = (globalThis as { readonly crypto?: Crypto }).crypto?.subtle;
  if (subtle === undefined) return undefined;
  const hash = new Uint8Array(await subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
