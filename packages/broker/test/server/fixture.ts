import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type Aws, startAws } from "@countersign/testing";
import type { CountersignEvent } from "@countersign/signer";
import { type Transport, createTransport } from "@countersign/transport";
import { expect } from "vitest";
import { type CryptoKey, type JWTPayload, SignJWT, exportJWK, generateKeyPair } from "jose";
import { type Broker, createBroker } from "../../src/index.ts";
import { type VendingApp, type VendingConfig, createVendingApp } from "../../src/server.ts";

export const ISSUER = "https://id.example.com/";
export const AUDIENCE = "https://broker.example.com";
export const ORIGIN = "https://app.example.com";
export const HOST = "broker.example.com";
export const ROLE = "arn:aws:iam::123456789012:role/web";
export const CONTAINER_TOKEN = "a-container-token-of-256-bits-or-so";

/** A machine that is busy with other tests takes seconds for a handshake. */
const PATIENT = { connectMs: 30_000 };

/** A vending server with a real broker behind it, a local AWS behind that, and an identity provider beside it. */
export interface Vending {
  readonly app: VendingApp;
  readonly aws: Aws;
  readonly broker: Broker;
  readonly events: CountersignEvent[];
  /** The configuration of `app`. */
  readonly config: VendingConfig;
  /** The broker's transport. */
  readonly transport: Transport;
  readonly privateKey: CryptoKey;
  readonly publicJwk: object;
  /** How often the keys were read; set `down` to fail readings. */
  readonly jwks: { reads: number; down: boolean };
  token(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  vend(grant: string, o?: { token?: string; headers?: Record<string, string>; body?: string }): Promise<Response>;
  close(): Promise<void>;
}

export async function startVending(
  override: Partial<VendingConfig> = {},
  transportTo?: (aws: Aws) => Promise<Transport>,
): Promise<Vending> {
  const aws = await startAws({ roles: [ROLE, "arn:aws:iam::123456789012:role/batch"] });
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const publicJwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" };
  const jwks = { reads: 0, down: false };
  const provider = createServer((_, response) => {
    jwks.reads += 1;
    response.statusCode = jwks.down ? 503 : 200;
    response.end(JSON.stringify({ keys: [publicJwk] }));
  });
  await new Promise<void>((resolve) => {
    provider.listen(0, "127.0.0.1", resolve);
  });
  const jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;
  const transport: Transport = createTransport({ ca: aws.ca, allowLoopbackHttp: true, timeouts: PATIENT });
  const broker = createBroker({
    region: aws.region,
    credentials: aws.user,
    endpoint: { url: aws.url.sts },
    transport,
    clock: aws.clock,
  });
  const outside = transportTo === undefined ? transport : await transportTo(aws);
  const events: CountersignEvent[] = [];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(CONTAINER_TOKEN));
  const config: VendingConfig = {
    hosts: [HOST],
    origins: [ORIGIN],
    identityProvider: { issuer: ISSUER, audience: AUDIENCE, jwksUrl },
    audience: AUDIENCE,
    identityRegions: [aws.region],
    grants: {
      invoke: {
        kind: "browser",
        roleArn: ROLE,
        allow: [
          {
            actions: ["sagemaker:InvokeEndpoint"],
            resources: ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/{tenant}-recommender"],
          },
        ],
      },
      task: { kind: "container", roleArn: ROLE, tokenSha256: [Buffer.from(digest).toString("hex")] },
      batch: { kind: "machine", roleArn: ROLE, principals: ["arn:aws:iam::123456789012:role/batch"] },
    },
    transport: outside,
    clock: aws.clock,
    onEvent: (event) => events.push(event),
    ...override,
  };
  const app = createVendingApp(broker, config);

  const token = (claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> => {
    const now = Math.floor(aws.clock.now() / 1000);
    const payload = { iss: ISSUER, aud: AUDIENCE, sub: "alice", tenant: "acme", iat: now, exp: now + 300, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid: "k1", ...header }).sign(privateKey);
  };
  return {
    app,
    aws,
    broker,
    events,
    config,
    transport,
    privateKey,
    publicJwk,
    jwks,
    token,
    async vend(grant, o = {}) {
      return app.request(`https://${HOST}/v1/vend/${grant}`, {
        method: "POST",
        headers: { host: HOST, origin: ORIGIN, authorization: `Bearer ${o.token ?? (await token())}`, ...o.headers },
        ...(o.body === undefined ? {} : { body: o.body }),
      });
    },
    async close() {
      await app.drain();
      await broker.close();
      await transport.close();
      if (outside !== transport) await outside.close();
      provider.close();
      await aws.close();
    },
  };
}

/**
 * A transport for which the local STS stands at AWS's own name: a CONNECT proxy leads there, and its certificate holds
 * that name.
 */
export async function transportToLocalSts(aws: Aws): Promise<Transport> {
  const proxy = createServer();
  proxy.on("connect", (_, socket) => {
    const upstream = connect(Number(new URL(aws.url.sts).port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on("error", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, "127.0.0.1", resolve);
  });
  const transport = createTransport({
    ca: aws.ca,
    timeouts: PATIENT,
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  });
  const close = async (): Promise<void> => {
    await transport.close();
    proxy.close();
  };
  return Object.assign(Object.create(transport) as Transport, { close });
}

/** The code of a refusal, which must not have reached STS and must tell nothing but its code. */
export async function refusal({ aws }: Vending, response: Promise<Response> | Response): Promise<string> {
  const sessions = (): number => aws.calls({ operation: "AssumeRole" }).length;
  const before = sessions();
  const answer = await response;
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(sessions()).toBe(before);
  const body = (await answer.json()) as { readonly error?: string; readonly Code?: string };
  expect(Object.keys(body).toSorted()).toEqual(body.error === undefined ? ["Code", "Message"] : ["error", "requestId"]);
  return body.error ?? body.Code ?? "";
}
