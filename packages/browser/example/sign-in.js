// Authorization code with PKCE (RFC 7636) against the identity provider. The token stays in a variable of this module;
// what must outlive the redirect is a state and a verifier that are worthless once they were used.
const PENDING = "sign-in";

let token;

/** The user's name, after a sign-in; nothing before. */
export async function finishSignIn({ issuer }) {
  const url = new URL(location.href);
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  const code = url.searchParams.get("code");
  history.replaceState(null, "", url.pathname);
  if (code === null || pending === null || url.searchParams.get("state") !== pending.state) return undefined;
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: "page",
      code,
      redirect_uri: `${location.origin}/`,
      code_verifier: pending.verifier,
    }),
  });
  if (!answer.ok) return undefined;
  ({ access_token: token } = await answer.json());
  return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;
}

export async function startSignIn({ issuer }) {
  const verifier = base64Url(crypto.getRandomValues(new Uint8Array(32)));
  const state = base64Url(crypto.getRandomValues(new Uint8Array(16)));
  sessionStorage.setItem(PENDING, JSON.stringify({ state, verifier }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const parameters = new URLSearchParams({
    client_id: "page",
    response_type: "code",
    scope: "openid chat",
    redirect_uri: `${location.origin}/`,
    state,
    code_challenge: base64Url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.assign(`${issuer}/auth?${parameters}`);
}

/** For `vendedCredentials`: asked anew for each renewal. */
export function getToken() {
  if (token === undefined) throw new Error("No user is signed in.");
  return token;
}

export function forget() {
  token = undefined;
}

function base64Url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
