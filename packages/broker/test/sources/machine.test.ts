import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { defaultChain, sources } from "../../src/sources/sources.ts";
import { createHome, recordingTransport, stsAnswer } from "./fixture.ts";

let server = createServer();
async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(resolve));
});

const keys = JSON.stringify({
  AccessKeyId: "ASIA",
  SecretAccessKey: "s",
  Token: "t",
  Expiration: "2099-01-01T00:00:00Z",
});

/** A server that answers requests of a method with the status 101, which no request asked for. */
function switchingServer(method: string): Promise<string> {
  return serve((request, response) => {
    if (request.method !== method) response.end("imds-token");
    else request.socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  });
}

function source(kind: "container" | "instance", env: Record<string, string>, answer = { body: keys }) {
  using home = createHome();
  const { transport, asked } = recordingTransport(() => answer);
  const provide = sources[kind]({ transport, env: { ...home.env, AWS_EC2_METADATA_DISABLED: "", ...env } });
  return { provide, asked };
}

describe("the container", () => {
  const token = { AWS_CONTAINER_AUTHORIZATION_TOKEN: "pod-token" };

  // aws-sdk#774
  it("over TLS is asked through the transport, so that its authorities and policy hold", async () => {
    const url = "https://localhost:9999/v1/credentials";
    const { provide, asked } = source("container", { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, ...token });
    expect(await provide()).toMatchObject({ accessKeyId: "ASIA", sessionToken: "t" });
    expect(asked).toMatchObject([{ url, headers: { authorization: "pod-token" } }]);
  });

  it("on this machine is asked over plain HTTP", async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end(keys);
    });
    const { provide } = source("container", { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/x`, ...token });
    expect(await provide()).toMatchObject({ accessKeyId: "ASIA" });
    expect(seen).toEqual(["pod-token"]);
  });

  it.each([
    ["another host over plain HTTP", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://metadata.example.com/x" }],
    [
      "an address that only begins like the right one",
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.2.evil.test/x" },
    ],
    ["user info", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.2@evil.test/x" }],
    ["a password", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://u:hunter2@localhost/x" }],
    ["a file", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "file:///etc/passwd" }],
    ["a path that becomes a host", { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "//evil.test/x" }],
    ["a path that continues the host", { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "@evil.test/x" }],
    [
      "a token with a line break",
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://localhost/x", AWS_CONTAINER_AUTHORIZATION_TOKEN: "a\r\nx: y" },
    ],
    [
      "a token file that is missing",
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://localhost/x", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/no/such" },
    ],
  ])("refuses %s, and sends nothing", async (_, env) => {
    await serve(() => undefined);
    const { provide, asked } = source("container", { ...token, ...(env as Record<string, string>) });
    const error = (await provide().catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ name: "BrokerError", code: "SOURCE_INVALID" });
    expect(error.message).not.toContain("hunter2");
    expect(asked).toEqual([]);
  });

  it.each([
    ["no JSON", "<html>", /must answer with JSON/],
    ["no keys", "{}", /must have AccessKeyId/],
    ["an invalid date", keys.replace("2099-01-01T00:00:00Z", "soon"), /Expiration must be a date/],
    ["64 kB", `${" ".repeat(70_000)}${keys}`, /64|more than|at most/],
  ])("that answers with %s is an error without the answer", async (_, body, message) => {
    await serve(() => undefined);
    const { provide } = source("container", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://localhost/x" }, { body });
    const error = (await provide().catch((thrown: unknown) => thrown)) as Error & { cause?: Error };
    expect(error).toMatchObject({ code: "SOURCE_UNAVAILABLE" });
    expect(`${error.message} ${error.cause?.message}`).toMatch(message);
  });

  it("that answers with a switch of protocols fails, and is not waited for", async () => {
    const url = await switchingServer("GET");
    const { provide } = source("container", { AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
    await expect(provide()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: "container (AWS_CONTAINER_CREDENTIALS_FULL_URI): answered with status 101",
    });
  });

  it("that trickles ends at the limit of the whole", async () => {
    const url = await serve((_, response) => {
      const timer = setInterval(() => response.write(" "), 100);
      response.on("close", () => clearInterval(timer));
    });
    const { provide } = source("container", { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/x` });
    await expect(provide()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringContaining("TIMEOUT"),
    });
  });
});

describe("the instance", () => {
  it("is asked by IMDSv2: a session token first, and every request with it", async () => {
    const seen: string[] = [];
    const endpoint = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${String(request.headers["x-aws-ec2-metadata-token"] ?? "")}`);
      if (request.method === "PUT") response.end("imds-token");
      else response.end(request.url?.endsWith("/worker") ? keys : "worker");
    });
    const { provide } = source("instance", { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
    expect(await provide()).toMatchObject({ accessKeyId: "ASIA" });
    expect(seen).toEqual([
      "PUT /latest/api/token ",
      "GET /latest/meta-data/iam/security-credentials/ imds-token",
      "GET /latest/meta-data/iam/security-credentials/worker imds-token",
    ]);
  });

  it("is asked at the address that a profile names: of the chain, and of credential_source", async () => {
    let asked = 0;
    const endpoint = await serve((request, response) => {
      asked += 1;
      if (request.method === "PUT") response.end("imds-token");
      else response.end(request.url?.endsWith("/worker") ? keys : "worker");
    });
    using home = createHome(
      `[profile box]\nregion = eu-west-1\nec2_metadata_service_endpoint = ${endpoint}\n` +
        `[profile role]\nrole_arn = arn:aws:iam::111122223333:role/r\ncredential_source = Ec2InstanceMetadata\n` +
        `region = eu-west-1\nec2_metadata_service_endpoint = ${endpoint}\n` +
        `[profile odd]\nec2_metadata_service_endpoint_mode = IPv5\n`,
    );
    const { transport } = recordingTransport((one) => stsAnswer(one, "ASIAROLE"));
    const env = { ...home.env, AWS_EC2_METADATA_DISABLED: "" };
    const provide = (profile: string) => defaultChain({ transport, env, profile })();
    expect(await provide("box")).toMatchObject({ accessKeyId: "ASIA" });
    expect(await provide("role")).toMatchObject({ accessKeyId: "ASIAROLE" });
    expect(asked).toBe(6);
    await expect(provide("odd")).rejects.toThrow(
      /config:\d+: ec2_metadata_service_endpoint_mode: must be IPv4 or IPv6$/u,
    );
  });

  it("without IMDSv2 is not asked any further", async () => {
    const seen: string[] = [];
    const endpoint = await serve((request, response) => {
      seen.push(String(request.method));
      response.writeHead(403).end();
    });
    const { provide } = source("instance", { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
    await expect(provide()).rejects.toMatchObject({ code: "SOURCE_ABSENT" });
    expect(seen).toEqual(["PUT"]);
  });

  it.each([
    ["PUT", "SOURCE_ABSENT"],
    ["GET", "SOURCE_UNAVAILABLE"],
  ])("that answers %s with a switch of protocols fails, and is not waited for", async (method, code) => {
    const { provide } = source("instance", { AWS_EC2_METADATA_SERVICE_ENDPOINT: await switchingServer(method) });
    await expect(provide()).rejects.toMatchObject({ code });
  });

  it("without a role, and switched off, is passed over", async () => {
    const endpoint = await serve((request, response) => {
      if (request.method === "PUT") response.end("imds-token");
      else response.writeHead(404).end();
    });
    const { provide } = source("instance", { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
    await expect(provide()).rejects.toMatchObject({ code: "SOURCE_ABSENT", message: "instance: it has no role" });
    const off = source("instance", { AWS_EC2_METADATA_DISABLED: "TRUE" });
    await expect(off.provide()).rejects.toMatchObject({ code: "SOURCE_ABSENT" });
  });

  it.each(["http://metadata.example.com", "https://localhost", "ftp://x", "nonsense", "http://user:hunter2@127.0.0.1"])(
    "at %s is refused",
    async (endpoint) => {
      await serve(() => undefined);
      const { provide } = source("instance", { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
      await expect(provide()).rejects.toMatchObject({ code: "SOURCE_INVALID" });
    },
  );

  it("with a role's name that is a path is refused", async () => {
    const endpoint = await serve((request, response) => response.end(request.method === "PUT" ? "t" : "../../x"));
    const { provide } = source("instance", { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
    await expect(provide()).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  });
});
