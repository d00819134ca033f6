import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { AwsClient } from "../../src/aws4fetch.ts";
import { createSignedFetch } from "../../src/index.ts";
import { assembleFetch, vendedCredentials as small } from "../../src/parts.ts";
import { vendedCredentials } from "../../src/vended.ts";

const SECRET = "s3cr3t-of-the-wire";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };

const scope = { region: "eu-west-1", service: "sagemaker" };

/** Everything that sends by the global fetch. */
const doors: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  createSignedFetch: (url) =>
    createSignedFetch({ ...scope, credentials, allowedHosts: ["127.0.0.1"], retry: false })(url),
  assembleFetch: (url) =>
    assembleFetch({ ...scope, credentials: async () => credentials, hosts: [new URL(url).host] })(url),
  vendedCredentials: (url) => vendedCredentials({ url, grant: "g", getToken: () => "token" })(),
  "vendedCredentials of parts": (url) => small({ url, grant: "g", getToken: () => "token" })(),
  AwsClient: (url) => new AwsClient({ ...scope, ...credentials, retries: 0 }).fetch(url),
};

const shown = (error: unknown): string => inspect(error, { depth: 20, showHidden: true });

describe.each(Object.entries(doors))("errors of the platform's own fetch, through %s,", (_name, send) => {
  const thrownBy = (url: string): Promise<unknown> =>
    send(url).then(
      () => undefined,
      (error: unknown) => error,
    );

  it.each([
    ["an answer that is not HTTP", `${SECRET}\r\n\r\n`],
    ["a header line that is malformed", `HTTP/1.1 200 OK\r\nset-cookie: ${SECRET}\r\nbroken header\r\n\r\n`],
  ])("do not hold the bytes of %s", async (_what, answer) => {
    const server = createServer((socket) => socket.once("data", () => socket.end(answer)).on("error", () => {}));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const error = await thrownBy(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    server.close();
    expect(error).toBeInstanceOf(Error);
    expect(shown(error)).not.toContain(SECRET);
  });

  it.each([
    ["a socket", Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET", data: SECRET })],
    ["several addresses", new AggregateError([Object.assign(new Error("parse"), { data: SECRET })], "all failed")],
  ])("do not hold the bytes of %s", async (_what, cause) => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed", { cause })));
    const error = await thrownBy("http://127.0.0.1:1/");
    vi.unstubAllGlobals();
    expect(shown(error)).toContain(cause.message);
    expect(shown(error)).not.toContain(SECRET);
  });
});
