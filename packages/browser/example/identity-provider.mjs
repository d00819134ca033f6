// A real OpenID Connect provider (oidc-provider) for one client and any name: authorization code with PKCE, and
// access tokens that are JWTs for the broker. Its sign-in page stands in for your own.
import { randomUUID } from "node:crypto";
import { Provider } from "oidc-provider";
import { signInPage } from "./sign-in-page.mjs";

export function createIdentityProvider({ issuer, audience, page, privateJwk }) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "page",
        redirect_uris: [page],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "none",
        id_token_signed_response_alg: "ES256",
        scope: "openid chat",
      },
    ],
    clientBasedCORS: (_, origin) => origin === new URL(page).origin,
    jwks: { keys: [privateJwk] },
    scopes: ["openid", "chat"],
    pkce: { required: () => true },
    cookies: { keys: [randomUUID()] },
    ttl: { AccessToken: 3600, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
    loadExistingGrant: grantEverything,
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "chat",
          audience,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  });
  const answer = provider.callback();

  /** Serves the provider and its sign-in page. */
  return function identityProvider(request, response) {
    if (!request.url.startsWith("/sign-in/")) return answer(request, response);
    const respond =
      request.method === "POST" ? finishSignIn(provider, request, response) : signInPage(request, response);
    return respond.catch(() => response.writeHead(400).end("This sign-in is over. Go back and start anew."));
  };

  /** Signing in here includes consent: the example has one scope. */
  async function grantEverything({ oidc }) {
    const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid chat");
    grant.addResourceScope(audience, "chat");
    await grant.save();
    return grant;
  }
}

async function finishSignIn(provider, request, response) {
  let body = "";
  for await (const part of request) {
    body += part;
    if (body.length > 4096) throw new Error("too much");
  }
  const name = new URLSearchParams(body).get("name")?.trim();
  if (!/^[\w.@-]{2,40}$/.test(name ?? ""))
    return signInPage(request, response, "A name has 2 to 40 letters, digits and . @ - _");
  return provider.interactionFinished(
    request,
    response,
    { login: { accountId: name } },
    { mergeWithLastSubmission: false },
  );
}
