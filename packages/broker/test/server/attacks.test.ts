import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT, base64url, generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVendingApp } from "../../src/server.ts";
import {
  AUDIENCE,
  CONTAINER_TOKEN,
  HOST,
  ISSUER,
  ORIGIN,
  ROLE,
  type Vending,
  refusal as refusalOf,
  startVending,
} from "./fixture.ts";

let vending: Vending;
beforeAll(async () => {
  vending = await startVending({ limits: { rejectedPerAddress: 1_000, perAddress: 10_000, perSubject: 10_000 } });
});
afterAll(() => vending.close());

const refusal = (response: Promise<Response> | Response): Promise<string> => refusalOf(vending, response);

describe("a forged token", () => {
  const claims = async (): Promise<Record<string, unknown>> => {
    const now = Math.floor(vending.aws.clock.now() / 1000);
    return { iss: ISSUER, aud: AUDIENCE, sub: "mallory", tenant: "acme", iat: now, exp: now + 300 };
  };

  it("without a signature (alg none)", async () => {
    const part = (value: object): string => base64url.encode(JSON.stringify(value));
    const unsigned = `${part({ alg: "none", kid: "k1" })}.${part(await claims())}.`;
    expect(await refusal(vending.vend("invoke", { token: unsigned }))).toBe("TOKEN_MISSING");
    expect(await refusal(vending.vend("invoke", { token: `${unsigned}x` }))).toBe("TOKEN_REJECTED");
  });

  it("signed with the provider's public key as a shared secret (RS/HS confusion)", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(vending.publicJwk));
    const token = await new SignJWT(await claims()).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(secret);
    expect(await refusal(vending.vend("invoke", { token }))).toBe("TOKEN_REJECTED");
  });

  it("that names a key which does not exist causes no reading unless it could be a new one of the issuer", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const part = (value: unknown): string => base64url.encode(JSON.stringify(value));
    await vending.vend("invoke");
    const { reads } = vending.jwks;
    const good = await claims();
    for (const wrong of [{ iss: "https://evil.example/" }, { iat: 1 }, { iat: "9999999999" }, { iat: undefined }]) {
      const token = await new SignJWT({ ...good, ...wrong } as never)
        .setProtectedHeader({ alg: "ES256", kid: "none" })
        .sign(privateKey);
      expect(await refusal(vending.vend("invoke", { token }))).toBe("TOKEN_REJECTED");
    }
    for (const payload of [part(null), part([]), part("x"), "AA", "e30"]) {
      const token = `${part({ alg: "ES256", kid: "none" })}.${payload}.AA`;
      expect(await refusal(vending.vend("invoke", { token }))).toBe("TOKEN_REJECTED");
    }
    expect(vending.jwks.reads).toBe(reads);
  });

  it.each([
    "logout+jwt",
    "secevent+jwt",
    "application/dpop+jwt",
    "dc+sd-jwt",
    "passport",
    "logout",
    "at+jwt; v=1",
    "",
    ["logout+jwt"],
    null,
  ])("made for another use (%j)", async (typ) => {
    expect(await refusal(vending.vend("invoke", { token: await vending.token({}, { typ }) }))).toBe("TOKEN_REJECTED");
    for (const fine of [undefined, "JWT", "jwt", "application/jwt", "JOSE", "at+jwt", "application/at+jwt", "AT+JWT"]) {
      expect((await vending.vend("invoke", { token: await vending.token({}, { typ: fine }) })).status).toBe(200);
    }
  });

  it.each([
    ["an event in it", { typ: "JWT" }, { events: { "http://schemas.openid.net/event/backchannel-logout": {} } }],
    ["an event in it, and no type", {}, { events: {} }],
    ["a parameter at its type", { typ: "secevent+jwt; v=1" }, {}],
  ])("made for another use, with %s", async (_, header, claims) => {
    const token = await vending.token(claims, header);
    expect(await refusal(vending.vend("invoke", { token }))).toBe("TOKEN_REJECTED");
  });

  it("without the claim of its tenant, which a polluted Object.prototype has", async () => {
    const token = await vending.token({ tenant: undefined });
    const polluted = Object.prototype as { tenant?: string };
    try {
      // Not enumerable: prom-client takes what is enumerable for labels.
      Object.defineProperty(polluted, "tenant", { value: "victim", configurable: true });
      expect(await refusal(vending.vend("invoke", { token }))).toBe("CLAIM_REJECTED");
    } finally {
      delete polluted.tenant;
    }
  });

  it("with half a character in its subject, whose digest is that of any other half", async () => {
    for (const sub of ["\ud800", "alice\udfff"]) {
      expect(await refusal(vending.vend("invoke", { token: await vending.token({ sub }) }))).toBe("TOKEN_REJECTED");
    }
    expect((await vending.vend("invoke", { token: await vending.token({ sub: "\u{1f600}" }) })).status).toBe(200);
  });

  it("signed with the provider's own key by an algorithm that is not listed", async () => {
    const { identityProvider } = vending.config;
    const strict = createVendingApp(vending.broker, {
      ...vending.config,
      identityProvider: { ...identityProvider, algorithms: ["RS256"] } as never,
    });
    const headers = { host: HOST, origin: ORIGIN, authorization: `Bearer ${await vending.token()}` };
    const response = strict.request(`https://${HOST}/v1/vend/invoke`, { method: "POST", headers });
    expect(await refusal(response)).toBe("TOKEN_REJECTED");
    expect((await vending.vend("invoke")).status).toBe(200);
  });

  it("signed with a key of the attacker's that the token brings along", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = (await crypto.subtle.exportKey("jwk", publicKey)) as Record<string, string>;
    const header = { alg: "ES256", kid: "k1", jwk: { kty: "EC", crv: "P-256", x: jwk["x"] ?? "", y: jwk["y"] ?? "" } };
    const token = await new SignJWT(await claims()).setProtectedHeader(header).sign(privateKey);
    expect(await refusal(vending.vend("invoke", { token }))).toBe("TOKEN_REJECTED");
  });

  it.each([
    ["another audience", { aud: "https://other.example.com" }],
    ["another issuer", { iss: "https://id.example.com" }],
    ["an expiry that is past", { exp: 1_600_000_000 }],
    ["no expiry", { exp: undefined }],
    ["no subject", { sub: undefined }],
    ["an empty subject", { sub: "" }],
    ["no time of issue", { iat: undefined }],
  ])("with %s", async (_, change) => {
    expect(await refusal(vending.vend("invoke", { token: await vending.token(change as never) }))).toBe(
      "TOKEN_REJECTED",
    );
  });

  it("issued too long ago, although it has not expired", async () => {
    const iat = Math.floor(vending.aws.clock.now() / 1000) - 7_200;
    expect(await refusal(vending.vend("invoke", { token: await vending.token({ iat }) }))).toBe("TOKEN_REJECTED");
  });

  it("without a well-formed token", async () => {
    expect(await refusal(vending.vend("invoke", { headers: { authorization: "Basic YTpi" } }))).toBe("TOKEN_MISSING");
    expect(await refusal(vending.vend("invoke", { token: `${"a".repeat(20_000)}.b.c` }))).toBe("TOKEN_REJECTED");
  });
});

describe("a claim that wants more than its place", () => {
  it("as a wildcard means itself, and nothing more (unitycatalog#1713)", async () => {
    await vending.vend("invoke", { token: await vending.token({ tenant: "*", sub: "w1" }) });
    const input = vending.aws.calls({ operation: "AssumeRole" }).at(-1)?.input as Record<string, string>;
    expect(JSON.parse(input["Policy"] ?? "").Statement[0].Resource).toEqual([
      "arn:aws:sagemaker:us-east-1:123456789012:endpoint/${*}-recommender",
    ]);
    await vending.vend("invoke", { token: await vending.token({ tenant: "${x}$?", sub: "w2" }) });
    const second = vending.aws.calls({ operation: "AssumeRole" }).at(-1)?.input as Record<string, string>;
    expect(JSON.parse(second["Policy"] ?? "").Statement[0].Resource).toEqual([
      "arn:aws:sagemaker:us-east-1:123456789012:endpoint/${$}{x}${$}${?}-recommender",
    ]);
  });

  it.each(["a/endpoint/b", "a:b", 'a","Resource":"*', "a\\", "a\nb", "", "x".repeat(65), "ümlaut"])(
    "%j is refused",
    async (tenant) => {
      expect(await refusal(vending.vend("invoke", { token: await vending.token({ tenant }) }))).toBe("CLAIM_REJECTED");
    },
  );

  it.each([[["acme"]], [42], [{ a: 1 }], [null]])("of another type than text (%j) is refused", async (tenant) => {
    expect(await refusal(vending.vend("invoke", { token: await vending.token({ tenant }) }))).toBe("CLAIM_REJECTED");
  });
});

describe("a page elsewhere", () => {
  it.each([
    "https://evil.example.com",
    "null",
    "https://app.example.com.evil.com",
    "https://APP.example.com",
    "http://app.example.com",
  ])("of origin %s is refused and gets no CORS header", async (origin) => {
    const response = await vending.vend("invoke", { headers: { origin } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(await refusal(response)).toBe("ORIGIN_REFUSED");
  });

  it("that hides its origin is known by Sec-Fetch-Site", async () => {
    const response = vending.app.request(`https://${HOST}/v1/vend/invoke`, {
      method: "POST",
      headers: { host: HOST, "sec-fetch-site": "cross-site", authorization: `Bearer ${await vending.token()}` },
    });
    expect(await refusal(response)).toBe("ORIGIN_REFUSED");
  });

  it.each(["evil.example.com", "broker.example.com:8443", "broker.example.com.", "127.0.0.1"])(
    "whose name was re-bound to this address (Host: %s) is refused",
    async (host) => {
      expect(await refusal(vending.vend("invoke", { headers: { host } }))).toBe("HOST_REFUSED");
    },
  );

  it.each([
    ["origin", ORIGIN],
    ["sec-fetch-site", "same-origin"],
    ["sec-fetch-dest", "empty"],
    ["referer", "https://app.example.com/"],
    ["x-forwarded-for", "10.0.0.1"],
  ])("cannot ask as a container (%s)", async (name, value) => {
    const response = vending.app.request(`http://${HOST}/v1/credentials/task`, {
      headers: { host: HOST, authorization: CONTAINER_TOKEN, [name]: value },
    });
    expect(await refusal(response)).toBe("BROWSER_REFUSED");
  });
});

describe("a service", () => {
  /** As this Node's own `fetch` sends them: one of them is a page's. */
  async function headersOfFetch(): Promise<[string, string][]> {
    const server = createServer((request, response) => response.end(JSON.stringify(request.headers)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const sent = (await answer.json()) as Record<string, string>;
      return Object.entries({ ...sent, host: HOST });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it("may ask with Node's own fetch, as a container and with a proof", async () => {
    const headers = await headersOfFetch();
    expect(headers).toContainEqual(["sec-fetch-mode", "cors"]);
    const asContainer = vending.app.request(`http://${HOST}/v1/credentials/task`, {
      headers: [...headers, ["authorization", CONTAINER_TOKEN]],
    });
    expect((await asContainer).status).toBe(200);
    const withProof = vending.app.request(`https://${HOST}/v1/identity/batch`, { method: "POST", headers, body: "{}" });
    expect(await refusal(withProof)).toBe("IDENTITY_REJECTED");
  });
});

describe("a caller who chooses", () => {
  it.each(["admin", "__proto__", "constructor", "task", "batch"])("grant %s gets none", async (grant) => {
    expect(await refusal(vending.vend(grant))).toBe("GRANT_UNKNOWN");
  });

  it("a role, a policy or a duration in the body changes nothing", async () => {
    const token = await vending.token({ sub: "carol" });
    const body = JSON.stringify({
      roleArn: "arn:aws:iam::123456789012:role/admin",
      durationSeconds: 43_200,
      policy: "{}",
    });
    expect((await vending.vend("invoke", { token, body })).status).toBe(200);
    const input = vending.aws.calls({ operation: "AssumeRole" }).at(-1)?.input as Record<string, string>;
    expect(input).toMatchObject({ RoleArn: "arn:aws:iam::123456789012:role/web", DurationSeconds: "900" });
  });

  it("a body of over 4,096 bytes is refused", async () => {
    expect(await refusal(vending.vend("invoke", { body: "x".repeat(4_097) }))).toBe("TOO_LARGE");
  });

  it.each([
    ["a length", { "content-length": "4097" }],
    ["a length that claims nothing, and chunks", { "content-length": "0", "transfer-encoding": "chunked" }],
    ["chunks", { "transfer-encoding": "chunked" }],
    ["neither, over HTTP/2", {}, 2],
  ])("a body of over 4,096 bytes is refused with %s", async (_, framing, httpVersionMajor = 1) => {
    const headers = {
      host: HOST,
      origin: ORIGIN,
      authorization: `Bearer ${await vending.token({ sub: "carol" })}`,
      ...framing,
    };
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.alloc(4_097));
        controller.close();
      },
    });
    const init = { method: "POST", headers, body, duplex: "half" };
    const request = new Request(`http://${HOST}/v1/vend/invoke`, init);
    const answer = await vending.app.fetch(request, { incoming: { httpVersionMajor, socket: {} } });
    expect([answer.status, await answer.json()]).toMatchObject([413, { error: "TOO_LARGE" }]);
  });

  it("a request without a body is answered without asking for one", async () => {
    const headers = { host: HOST, origin: ORIGIN, authorization: `Bearer ${await vending.token({ sub: "carol" })}` };
    const request = new Request(`http://${HOST}/v1/vend/invoke`, { method: "POST", headers });
    Object.defineProperty(request, "body", {
      get() {
        throw new Error("the body was asked for");
      },
    });
    const answer = await vending.app.fetch(request, { incoming: { httpVersionMajor: 1, socket: {} } });
    expect(answer.status).toBe(200);
  });

  it("a container token that is not the grant's is refused", async () => {
    for (const authorization of ["", "guess", `${CONTAINER_TOKEN} `.trim().slice(1), `Bearer ${CONTAINER_TOKEN}`]) {
      const response = vending.app.request(`http://${HOST}/v1/credentials/task`, {
        headers: { host: HOST, authorization },
      });
      expect(await refusal(response)).toMatch(/^TOKEN_(REJECTED|MISSING)$/);
    }
  });
});

it("a claim that cannot be a tag is the token's fault, not an outage", async () => {
  const tagged = await startVending({
    grants: {
      invoke: {
        kind: "browser",
        roleArn: ROLE,
        tags: { team: "team" },
        allow: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::bucket/*"] }],
      },
    },
  });
  try {
    for (const team of ["*", "a".repeat(257), "a\u0000"]) {
      const response = await tagged.vend("invoke", { token: await tagged.token({ team }) });
      expect(await refusalOf(tagged, response)).toBe("CLAIM_REJECTED");
    }
  } finally {
    await tagged.close();
  }
});

it("a claim of thousands of levels is the token's fault, not an outage", async () => {
  const now = Math.floor(vending.aws.clock.now() / 1000);
  const claims = JSON.stringify({ iss: ISSUER, aud: AUDIENCE, sub: "mallory", iat: now, exp: now + 300, tenant: 0 });
  const deep = claims.replace('"tenant":0', `"tenant":${"[".repeat(5_800)}${"]".repeat(5_800)}`);
  const parts = [JSON.stringify({ alg: "ES256", kid: "k1" }), deep].map((part) => base64url.encode(part));
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const signed = new TextEncoder().encode(parts.join("."));
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm, vending.privateKey, signed));
  const token = [...parts, base64url.encode(signature)].join(".");
  expect(await refusal(vending.vend("invoke", { token }))).toBe("CLAIM_REJECTED");
});

it("a body that breaks off is nothing to write home about", async () => {
  const errors: unknown[] = [];
  const { error: log } = console;
  console.error = (...args) => errors.push(args);
  try {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("aborted")) });
    const response = await vending.app.request(`https://${HOST}/v1/vend/invoke`, {
      method: "POST",
      headers: { host: HOST, origin: ORIGIN },
      body,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(400);
    expect(errors).toEqual([]);
  } finally {
    console.error = log;
  }
});

describe("a flood", () => {
  it("of rejected tokens is told to slow down, and a valid token of the same address is served", async () => {
    const flooded = await startVending({ limits: { rejectedPerAddress: 3 } });
    try {
      for (let attempt = 0; attempt < 3; attempt++)
        expect((await flooded.vend("invoke", { token: "a.b.c" })).status).toBe(401);
      const response = await flooded.vend("invoke", { token: "a.b.c" });
      expect(response.status).toBe(429);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await flooded.vend("invoke")).status).toBe(200);
    } finally {
      await flooded.close();
    }
  });

  it("of one subject is limited, and leaves the others alone", async () => {
    const flooded = await startVending({ limits: { perSubject: 2 } });
    try {
      expect((await flooded.vend("invoke")).status).toBe(200);
      expect((await flooded.vend("invoke")).status).toBe(200);
      expect((await flooded.vend("invoke")).status).toBe(429);
      expect((await flooded.vend("invoke", { token: await flooded.token({ sub: "bob" }) })).status).toBe(200);
    } finally {
      await flooded.close();
    }
  });
});
