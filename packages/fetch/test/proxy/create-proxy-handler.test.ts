import { describe, expect, it } from "vitest";
import { createProxyHandler, type ProxyOptions } from "../../src/proxy.ts";
import { credentials, expectSigned } from "../expect-signed.ts";
import { type LocalServer, localServer, nth } from "../local-server.ts";

const PATH = "/endpoints/chat/invocations";
const PAGE = "https://app.example.com/sagemaker";

const proxyTo = (server: LocalServer, change: Partial<ProxyOptions> = {}) =>
  createProxyHandler({
    region: "eu-west-1",
    service: "sagemaker",
    credentials,
    allowedHosts: [server.host],
    retry: false,
    upstream: server.origin,
    hosts: ["app.example.com"],
    prefix: "/sagemaker",
    allow: [{ path: PATH }],
    ...change,
  });

const post = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Request =>
  new Request(`${PAGE}${path}`, {
    method: "POST",
    body: '{"inputs":"hi"}',
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", ...headers },
    ...init,
  });

describe("createProxyHandler", () => {
  it("signs what a page of the same origin asks for, and gives the answer back", async () => {
    await using server = await localServer((_request, response) =>
      response
        .writeHead(200, {
          "content-type": "application/json",
          "x-amzn-requestid": "1",
          "set-cookie": "a=b",
          server: "x",
        })
        .end('{"generated":"ho"}'),
    );
    const answer = await proxyTo(server, { headers: ["content-type", "x-amzn-sagemaker-target-variant"] })(
      post(PATH, { "x-amzn-sagemaker-target-variant": "blue" }),
    );
    expect(await answer.json()).toEqual({ generated: "ho" });
    expect(Object.fromEntries(answer.headers)).toEqual({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; sandbox",
      "content-type": "application/json",
      "x-amzn-requestid": "1",
      "x-content-type-options": "nosniff",
    });
    const request = nth(server.received, 0);
    expect(request).toMatchObject({ method: "POST", path: PATH });
    expect(request.headers["x-amzn-sagemaker-target-variant"]).toBe("blue");
    await expectSigned(request);
  });

  it("leaves cookies, credentials and forwarding headers behind", async () => {
    await using server = await localServer();
    const left = {
      cookie: "session=secret",
      authorization: "Bearer secret",
      "x-amz-security-token": "planted",
      "x-amz-date": "20200101T000000Z",
      "x-forwarded-for": "192.0.2.1",
      origin: "https://app.example.com",
      referer: "https://app.example.com/private",
      "x-custom": "1",
    };
    await proxyTo(server)(post(PATH, left));
    const { headers } = nth(server.received, 0);
    expect(JSON.stringify(headers)).not.toMatch(/secret"|planted|192\.0\.2\.1|private|x-custom|20200101/u);
    expect(headers["cookie"]).toBeUndefined();
    await expectSigned(nth(server.received, 0));
  });

  it.each([
    ["another path", post("/endpoints/other/invocations")],
    ["a path that only begins like an allowed one", post(`${PATH}/more`)],
    ["an encoded way out", post("/endpoints/chat/invocations%2f..%2f..%2fother")],
    ["dots", post(`${PATH}/../../other/invocations`)],
    ["two slashes", post(`/${PATH}`)],
    ["a query", post(`${PATH}?Action=AssumeRole`)],
    ["another method", new Request(`${PAGE}${PATH}`, { method: "GET" })],
    ["an operation that no rule names", post(PATH, { "x-amz-target": "SageMaker.DeleteEndpoint" })],
    ["no prefix", new Request(`https://app.example.com${PATH}`, { method: "POST" })],
  ])("does not pass %s on", async (_what, request) => {
    await using server = await localServer();
    expect((await proxyTo(server)(request)).status).toBe(404);
    expect(server.received).toEqual([]);
  });

  it("passes a control-plane operation on that a rule names", async () => {
    await using server = await localServer();
    const proxy = proxyTo(server, { allow: [{ path: "/", target: "SageMaker.DescribeEndpoint" }] });
    expect((await proxy(post("/", { "x-amz-target": "SageMaker.DescribeEndpoint" }))).status).toBe(200);
    expect((await proxy(post("/", { "x-amz-target": "SageMaker.DeleteEndpoint" }))).status).toBe(404);
    expect(server.received.map(({ headers }) => headers["x-amz-target"])).toEqual(["SageMaker.DescribeEndpoint"]);
  });

  it.each([
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=a",
    "application/json; charset=utf-7",
    "application/cbor",
    "",
  ])("passes on no operation by its target whose body is %j: a form can name another one", async (type) => {
    await using server = await localServer((_request, response) => response.end("{}"));
    const proxy = proxyTo(server, { allow: [{ path: "/", target: "SageMaker.DescribeEndpoint" }] });
    const request = post("/", { "x-amz-target": "SageMaker.DescribeEndpoint", "content-type": type });
    expect([(await proxy(request)).status, server.received]).toEqual([415, []]);
  });

  it.each([
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "same-site" }],
    [{ "sec-fetch-site": "none" }],
    [{ "sec-fetch-site": "", origin: "https://evil.example" }],
  ])("refuses a request of another site: %o", async (headers) => {
    await using server = await localServer();
    expect((await proxyTo(server)(post(PATH, headers))).status).toBe(403);
    expect(server.received).toEqual([]);
  });

  it("goes by the Origin where a browser does not say more", async () => {
    await using server = await localServer();
    const request = (origin: string) =>
      new Request(`${PAGE}${PATH}`, { method: "POST", body: "{}", headers: { origin } });
    expect((await proxyTo(server)(request("https://evil.example"))).status).toBe(403);
    expect((await proxyTo(server)(request("null"))).status).toBe(403);
    expect((await proxyTo(server)(request("https://app.example.com"))).status).toBe(200);
  });

  it("lets the application decide who may ask", async () => {
    await using server = await localServer();
    expect((await proxyTo(server, { authorize: () => false })(post(PATH))).status).toBe(403);
    const login = () => new Response(null, { status: 401 });
    expect((await proxyTo(server, { authorize: login })(post(PATH))).status).toBe(401);
    expect(server.received).toEqual([]);
    const session = (request: Request) => request.headers.get("cookie") === "session=1";
    expect((await proxyTo(server, { authorize: session })(post(PATH, { cookie: "session=1" }))).status).toBe(200);
  });

  it("takes an application that fails to decide for a no", async () => {
    await using server = await localServer();
    const broken = async () => Promise.reject(new Error("session store is down"));
    expect((await proxyTo(server, { authorize: broken })(post(PATH))).status).toBe(403);
    expect(server.received).toEqual([]);
  });

  it("streams: what the model wrote is there before it has finished", async () => {
    let finish = (): void => undefined;
    await using server = await localServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      finish = () => response.end("data: last\n\n");
    });
    const answer = await proxyTo(server)(post(PATH));
    const reader = answer.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("data: first\n\n");
    finish();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("data: last\n\n");
  });

  it("gives the service's errors back as they are", async () => {
    await using server = await localServer((_request, response) =>
      response.writeHead(424, { "x-amzn-errortype": "ModelError" }).end('{"Message":"model failed"}'),
    );
    const answer = await proxyTo(server)(post(PATH));
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([424, "ModelError"]);
  });

  it("refuses a body over the limit", async () => {
    await using server = await localServer();
    expect((await proxyTo(server, { maxBodyBytes: 10 })(post(PATH))).status).toBe(413);
    expect(server.received).toEqual([]);
  });

  it("says nothing about what failed", async () => {
    const proxy = createProxyHandler({
      region: "eu-west-1",
      credentials: async () => Promise.reject(new Error("AssumeRole denied for arn:aws:iam::111122223333:role/x")),
      upstream: "https://runtime.sagemaker.eu-west-1.amazonaws.com",
      hosts: ["app.example.com"],
      prefix: "/sagemaker",
      allow: [{ path: PATH }],
    });
    const answer = await proxy(post(PATH));
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain("arn:");
  });

  it.each([
    ["HOST_NOT_ALLOWED", "https://x.example"],
    ["HOST_NOT_ALLOWED", "https://runtime.sagemaker.us-east-1.amazonaws.com"],
    ["PLAINTEXT_REFUSED", "http://runtime.sagemaker.eu-west-1.amazonaws.com"],
  ])("says %s of the upstream %s at once, and not as a 502 without details", (code, upstream) => {
    const options = { region: "eu-west-1", credentials, upstream, hosts: ["app.example.com"], allow: [] };
    expect(() => createProxyHandler(options)).toThrow(expect.objectContaining({ code }));
  });

  it.each([undefined, null, 0, "", "no", {}, { status: 403 }])("takes %o from authorize for no yes", async (answer) => {
    await using server = await localServer();
    const authorize = (() => answer) as unknown as NonNullable<ProxyOptions["authorize"]>;
    expect((await proxyTo(server, { authorize })(post(PATH))).status).toBe(403);
    expect((await proxyTo(server, { authorize: async () => answer as never })(post(PATH))).status).toBe(403);
    expect(server.received).toHaveLength(0);
  });

  it.each([
    [{ upstream: "runtime.sagemaker" }],
    [{ upstream: "https://example.com/path" }],
    [{ allow: [{ path: "endpoints" }] }],
    [{ allow: [{ path: "/a/../b" }] }],
    [{ prefix: "sagemaker" }],
    [{ prefix: "/sagemaker/" }],
    [{ allow: { path: PATH } as never }],
    [{ upstream: "https://user:key@runtime.sagemaker.eu-west-1.amazonaws.com" }],
  ])("refuses %o at once", (change) => {
    expect(() =>
      createProxyHandler({
        credentials,
        upstream: "https://x.example",
        hosts: ["app.example.com"],
        allow: [],
        ...change,
      }),
    ).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  describe("kind: what is checked is what is sent: passes on only the headers that the operator lists", () => {
    const asked = {
      "x-amzn-sagemaker-target-model": "other-tenant.tar.gz",
      "x-amzn-sagemaker-target-variant": "canary",
      "x-amzn-sagemaker-inference-component": "other",
      "x-amzn-sagemaker-custom-attributes": "role=admin",
      "x-amzn-sagemaker-inputlocation": "s3://other/input",
      accept: "application/json",
    };
    const passedOn = async (change: Partial<ProxyOptions>): Promise<readonly string[]> => {
      await using server = await localServer();
      expect((await proxyTo(server, change)(post(PATH, asked))).status).toBe(200);
      const { headers } = nth(server.received, 0);
      await expectSigned(nth(server.received, 0));
      return Object.keys(headers).filter(
        (name) => name.startsWith("x-amzn-") || /^(?:accept|content-type)$/u.test(name),
      );
    };

    it("by default none that chooses a model", async () => {
      expect(await passedOn({})).toEqual(expect.arrayContaining(["accept", "content-type"]));
      expect((await passedOn({})).filter((name) => name.startsWith("x-amzn-"))).toEqual([]);
    });

    it("and no other than the listed ones", async () => {
      const headers = ["content-type", "x-amzn-sagemaker-custom-attributes"];
      const passed = await passedOn({ headers });
      expect(passed.filter((name) => name.startsWith("x-amzn-"))).toEqual(["x-amzn-sagemaker-custom-attributes"]);
    });
  });

  describe("kind: what is checked is what is sent: serves only the hosts that the operator names (DNS rebinding)", () => {
    const to = (host: string, header?: string): Request =>
      new Request(`https://${host}/sagemaker${PATH}`, {
        method: "POST",
        body: "{}",
        headers: { "sec-fetch-site": "same-origin", ...(header !== undefined && { host: header }) },
      });

    it.each([
      ["another name", to("evil.test")],
      ["another port", to("app.example.com:8443")],
      ["a name below", to("evil.app.example.com")],
      ["a name with a dot at its end", to("app.example.com.")],
      ["an address", to("127.0.0.1")],
      ["a Host header that differs", to("app.example.com", "evil.test")],
      ["a URL that differs from the Host header", to("evil.test", "app.example.com")],
    ])("%s is refused", async (_what, request) => {
      await using server = await localServer();
      const answer = await proxyTo(server)(request);
      expect([answer.status, server.received]).toEqual([403, []]);
    });

    it.each([to("app.example.com"), to("APP.example.com", "App.Example.com"), to("localhost:3000")])(
      "%o is served",
      async (request) => {
        await using server = await localServer();
        const hosts = ["App.Example.com", "localhost:3000"];
        expect((await proxyTo(server, { hosts })(request)).status).toBe(200);
      },
    );
  });

  describe("kind: foreign and platform errors are not quoted: passes on no more of an error than a page may know", () => {
    const TOKEN = "FwoGZXIvYXdzEBYaDHqa0AP".repeat(12);
    const canonical =
      "The request signature we calculated does not match the signature you provided. The Canonical String for this " +
      `request should have been 'POST\n/endpoints/chat/invocations\n\nx-amz-security-token:${TOKEN}\n'`;
    const errors: readonly (readonly [string, number, Record<string, string>, string])[] = [
      ["a signature that does not match", 403, {}, JSON.stringify({ message: canonical })],
      [
        "the same in a 400",
        400,
        { "x-amzn-errortype": "InvalidSignatureException" },
        JSON.stringify({ message: canonical }),
      ],
      [
        "the same without its code in a header",
        400,
        {},
        JSON.stringify({ __type: "com.amazon#IncompleteSignature", message: canonical }),
      ],
      [
        "a permission that is missing",
        403,
        { "x-amzn-errortype": "AccessDeniedException" },
        '{"Message":"User: arn:aws:sts::111122223333:assumed-role/app/i-0 is not authorized"}',
      ],
      [
        "an XML refusal",
        403,
        { "content-type": "text/xml" },
        `<Error><Code>AccessDenied</Code><AWSAccessKeyId>ASIAQWERTYUIOPASDFGH</AWSAccessKeyId></Error>`,
      ],
      ["an endpoint that does not exist", 400, {}, '{"message":"Endpoint chat of account 111122223333 not found."}'],
      [
        "a model's own error",
        424,
        { "x-amzn-errortype": "ModelError" },
        '{"Message":"boom","LogStreamArn":"arn:aws:logs:eu-west-1:111122223333:log-group:/x"}',
      ],
      ["a refusal that quotes a token alone", 500, {}, `{"message":"${TOKEN}"}`],
    ];

    it.each(errors)("%s", async (_what, status, headers, body) => {
      await using server = await localServer((_request, response) => response.writeHead(status, headers).end(body));
      const answer = await proxyTo(server)(post(PATH));
      const text = await answer.text();
      expect(answer.status).toBe(status);
      expect(text).not.toMatch(/111122223333|arn:aws|ASIA|FwoG|Canonical|assumed-role/u);
      expect(text).not.toBe("");
    });

    const who = "User: arn:aws:sts::111122223333:assumed-role/app/i-0 is not authorized";
    it.each([
      ["a refusal", 403, { "x-amzn-errortype": "AccessDenied", "x-amzn-error-message": who }, "{}", null],
      ["a refusal without a body", 403, { "x-amzn-errortype": "AccessDenied", "x-amzn-error-message": who }, "", null],
      ["a gateway's refusal", 401, { "x-amzn-remapped-www-authenticate": who }, "{}", null],
      ["a gateway's error", 400, { "x-amzn-remapped-authorization": `AWS4-HMAC-SHA256 ${who}` }, "{}", null],
      ["a mistake of the page", 400, { "x-amzn-errortype": "ValidationError", "x-amzn-error-message": who }, "{}", 1],
    ])("in headers, either: %s", async (_what, status, headers, body, hasType) => {
      await using server = await localServer((_request, response) =>
        response.writeHead(status, { ...headers, "x-amzn-requestid": "7" }).end(body),
      );
      const answer = await proxyTo(server)(post(PATH));
      expect(JSON.stringify([...answer.headers])).not.toMatch(/111122223333|arn:aws|Credential|AccessDenied/u);
      expect(answer.headers.get("x-amzn-requestid")).toBe("7");
      expect(answer.headers.has("x-amzn-errortype")).toBe(hasType !== null);
    });

    it("keeps what a page needs", async () => {
      const body = '{"message":"Endpoint chat of account 111122223333 not found."}';
      await using server = await localServer((_request, response) => response.writeHead(400).end(body));
      expect(await (await proxyTo(server)(post(PATH))).text()).toContain(
        "Endpoint chat of account [redacted] not found.",
      );
    });

    it("reads no more than 64 KiB of it, and waits for no end", async () => {
      await using server = await localServer((_request, response) => {
        response.writeHead(500);
        response.write("x y ".repeat(50_000));
      });
      expect((await (await proxyTo(server)(post(PATH))).text()).length).toBeLessThanOrEqual(65_536);
    });
  });
});
