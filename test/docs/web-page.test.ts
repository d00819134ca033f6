import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { request as sendUpstream } from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { createBroker } from "@countersign/broker";
import { createVendingApp, type VendingConfig } from "@countersign/broker/server";
import { createClock } from "@countersign/signer";
import { startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { launchChromium } from "../chromium.ts";
import { root } from "../packaging/workspaces.ts";
import { blocksOf } from "./blocks.ts";

const sections = blocksOf("docs/quick-starts.md");
const html = sections["A web page"]?.find(({ language }) => language === "html")?.code ?? "";
const brokerFile = sections["A platform team"]?.find(({ name }) => name === "broker.json")?.code ?? "{}";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** A token as the identity provider of broker.json would issue it. */
function userToken(issuer: string): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: "ada", aud: "broker", iat: now, exp: now + 600 };
  const unsigned = `${encode({ alg: "ES256", typ: "JWT", kid: "1" })}.${encode(claims)}`;
  return `${unsigned}.${sign("sha256", Buffer.from(unsigned), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers a request of Node with an app of the web's kind. */
async function adapt(
  message: IncomingMessage,
  response: ServerResponse,
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const { method = "GET", url = "/", headers } = message;
  const answer = await fetch(
    new Request(`http://${headers.host}${url}`, {
      method,
      headers: Object.entries(headers).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value] as [string, string]] : [],
      ),
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
}

it("the page of docs/quick-starts.md asks the endpoint with vended credentials", { timeout: 120_000 }, async () => {
  const bundled = await build({
    entryPoints: [path.join(root, "packages/browser/src/small.ts")],
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["@countersign/source"],
    write: false,
  });
  await using aws = await startAws({
    clock: createClock(),
    accounts: ["111122223333"],
    regions: ["eu-west-1"],
    roles: ["arn:aws:iam::111122223333:role/inference"],
    endpoints: { recommender: { body: { predictions: [0.93] } } },
  });
  const transport = createTransport({ ca: aws.ca });
  const broker = createBroker({
    region: "eu-west-1",
    credentials: aws.user,
    transport,
    endpoint: { url: aws.url.sts },
  });
  let answerRequest: RequestListener = () => undefined;
  const server = createServer((message, response) => answerRequest(message, response));
  const origin = await listen(server);
  const { vending } = JSON.parse(brokerFile) as { readonly vending: VendingConfig };
  const app = createVendingApp(broker, {
    ...vending,
    hosts: [new URL(origin).host],
    origins: [origin],
    identityProvider: { issuer: origin, audience: "broker", jwksUrl: `${origin}/jwks.json` },
    transport: createTransport({ ca: aws.ca, allowLoopbackHttp: true }),
  });
  const pages: Readonly<Record<string, readonly [type: string, body: string]>> = {
    "/": ["text/html", html.replace("https://broker.example.com", origin)],
    "/countersign.min.js": ["text/javascript", bundled.outputFiles[0]?.text ?? ""],
    "/session/token": ["text/plain", userToken(origin)],
    "/jwks.json": [
      "application/json",
      JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256" }] }),
    ],
  };
  answerRequest = (message, response) => {
    const { url = "/" } = message;
    const page = pages[url];
    if (page !== undefined) response.writeHead(200, { "content-type": page[0] }).end(page[1]);
    else if (url.startsWith("/v1/")) void adapt(message, response, (request) => app.fetch(request));
    else {
      const { method, headers } = message;
      const upstream = sendUpstream(new URL(url, aws.url.runtime), { method, headers, ca: aws.ca }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      upstream.on("error", () => response.destroy());
      message.pipe(upstream);
    }
  };

  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(origin);
    await expect
      .poll(async () => errors.join() || (await page.textContent("#answer")), { timeout: 30_000 })
      .not.toBe("");
    expect(errors).toEqual([]);
    expect(await page.textContent("#answer")).toBe('{"predictions":[0.93]}');
    expect(aws.calls({ operation: "AssumeRole" })).toHaveLength(1);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([
      0,
      0,
      "",
    ]);
  } finally {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await app.drain();
    await broker.close();
    await transport.close();
  }
});
