import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createBroker } from "@countersign/broker";
import { createVendingApp } from "@countersign/broker/server";
import { createSignedFetch } from "@countersign/fetch";
import { createProxyHandler } from "@countersign/fetch/proxy";
import { vendedCredentials } from "@countersign/fetch/vended";
import { createGuard } from "@countersign/guard";
import { createClock } from "@countersign/signer";
import { startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it } from "vitest";

const ROLE = "arn:aws:iam::123456789012:role/web";
const CHAT = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/chat";

describe("a page's credentials, from the broker that vends them", () => {
  it("sign what the grant allows, and the grant's end is one typed error", async () => {
    await using aws = await startAws({ roles: [ROLE], clock: createClock() });
    await using transport = createTransport({ ca: aws.ca, allowLoopbackHttp: true });
    await using broker = createBroker({
      region: aws.region,
      credentials: aws.user,
      endpoint: { url: aws.url.sts },
      transport,
    });
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" };
    const provider = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
    await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
    const app = createVendingApp(broker, {
      hosts: ["broker.example.com"],
      origins: ["https://app.example.com"],
      identityProvider: {
        issuer: "https://id.example.com/",
        audience: "https://broker.example.com",
        jwksUrl: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`,
      },
      grants: {
        chat: { kind: "browser", roleArn: ROLE, allow: [{ actions: ["sagemaker:InvokeEndpoint"], resources: [CHAT] }] },
      },
      transport,
    });
    let signedIn = true;
    const getToken = (): Promise<string> | string =>
      signedIn
        ? new SignJWT({ sub: "ada" })
            .setProtectedHeader({ alg: "ES256", kid: "k1" })
            .setIssuer("https://id.example.com/")
            .setAudience("https://broker.example.com")
            .setIssuedAt()
            .setExpirationTime("5m")
            .sign(privateKey)
        : "signed-out";
    const vended = (grant: string) =>
      vendedCredentials({
        url: "https://broker.example.com",
        grant,
        getToken,
        async fetch(input, init) {
          // What a browser adds by itself.
          const headers = new Headers(init?.headers);
          headers.set("host", "broker.example.com");
          headers.set("origin", "https://app.example.com");
          return app.fetch(new Request(input, { ...init, headers }));
        },
      });
    const credentials = vended("chat");
    const signed = createSignedFetch({
      region: aws.region,
      service: "sagemaker",
      credentials,
      fetch: transport.fetch,
      allowedHosts: ["localhost"],
    });
    const invoke = (endpoint: string) =>
      signed(`${aws.url.runtime}/endpoints/${endpoint}/invocations`, { method: "POST", body: "hi" });

    const answer = await invoke("chat");
    expect([answer.status, await answer.text()]).toEqual([200, "hi"]);
    expect((await invoke("other")).status).toBe(403);
    expect(aws.calls({ service: "sts" })).toHaveLength(1);

    // A 404 may also come from a proxy or a deployment: it refuses nothing.
    await expect(vended("unknown")()).rejects.toMatchObject({ name: "FetchError", code: "VENDING_FAILED" });
    signedIn = false;
    await expect(vended("chat")()).rejects.toMatchObject({ name: "FetchError", code: "GRANT_REFUSED" });
    // The credentials belong to the user of the token: a token that is refused ends their use here, too.
    await expect(invoke("chat")).rejects.toMatchObject({ name: "FetchError", code: "GRANT_REFUSED" });
    provider.closeAllConnections();
    await new Promise((resolve) => provider.close(resolve));
  });
});

describe("a guard in front of a signed fetch", () => {
  it("stops what breaks the posture before it is signed, and lets the rest pass", async () => {
    await using aws = await startAws();
    await using transport = createTransport({ ca: aws.ca });
    const events: string[] = [];
    const signed = createSignedFetch({
      region: aws.region,
      service: "sagemaker",
      credentials: aws.user,
      fetch: transport.fetch,
      allowedHosts: ["localhost"],
      middleware: [createGuard({ posture: "baseline" }).middleware],
      onEvent: ({ name }) => events.push(name),
    });
    const call = (operation: string, input: object) =>
      signed(
        new Request(aws.url.sagemaker, {
          method: "POST",
          headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `SageMaker.${operation}` },
          body: JSON.stringify(input),
        }),
      );
    const open = call("CreateNotebookInstance", {
      NotebookInstanceName: "lab",
      InstanceType: "ml.t3.medium",
      RoleArn: ROLE,
      DirectInternetAccess: "Enabled",
    });
    await expect(open).rejects.toMatchObject({ name: "GuardError", code: "POSTURE_BROKEN" });
    expect([events, aws.calls()]).toEqual([[], []]);
    expect((await call("ListModels", {})).status).toBe(200);
  });
});

describe("a proxy for pages", () => {
  it("invokes with the server's own credentials, over the transport", async () => {
    await using aws = await startAws({ roles: ["worker"] });
    await using transport = createTransport({ ca: aws.ca });
    const proxy = createProxyHandler({
      region: aws.region,
      service: "sagemaker",
      credentials: aws.role("worker").session(),
      fetch: transport.fetch,
      allowedHosts: ["localhost"],
      upstream: aws.url.runtime,
      hosts: ["app.example.com"],
      prefix: "/ai",
      allow: [{ path: "/endpoints/chat/invocations" }],
    });
    const ask = (path: string) =>
      proxy(
        new Request(`https://app.example.com/ai${path}`, {
          method: "POST",
          headers: { "content-type": "text/plain", cookie: "session=1", "sec-fetch-site": "same-origin" },
          body: "hello",
        }),
      );
    const answer = await ask("/endpoints/chat/invocations");
    expect([answer.status, await answer.text()]).toEqual([200, "hello"]);
    expect((await ask("/endpoints/other/invocations")).status).toBe(404);
    expect(aws.calls()).toHaveLength(1);
    expect(aws.calls()[0]?.headers["cookie"]).toBeUndefined();
  });
});
