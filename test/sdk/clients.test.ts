import { Agent } from "node:https";
import {
  CreateNotebookInstanceCommand,
  DescribeModelCommand,
  ListActionsCommand,
  ListModelsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import {
  InvokeEndpointAsyncCommand,
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { createBroker } from "@countersign/broker";
import { createGuard } from "@countersign/guard";
import { type Countersigned, countersigned, invalidateOnAuthError } from "@countersign/sdk";
import { memoize } from "@countersign/signer";
import { type Aws, type RecordedCall, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { HttpRequest } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

let aws: Aws;
let transport: Transport;
beforeAll(async () => {
  aws = await startAws({ roles: ["worker"] });
  transport = createTransport({ ca: aws.ca });
});
afterEach(() => aws.reset());
afterAll(async () => {
  await transport.close();
  await aws.close();
});

interface Clients {
  readonly sagemaker: SageMakerClient;
  readonly runtime: SageMakerRuntimeClient;
  readonly sts: STSClient;
}

/** The clients as they come, and with nothing but our options spread into theirs. */
function clientsOf(
  options: Pick<STSClientConfig, "region" | "credentials" | "requestHandler"> | Countersigned,
): Clients {
  return {
    sagemaker: new SageMakerClient({ ...options, endpoint: aws.url.sagemaker }),
    runtime: new SageMakerRuntimeClient({ ...options, endpoint: aws.url.runtime }),
    sts: new STSClient({ ...options, endpoint: aws.url.sts }),
  };
}

/** The key that signed a call: AWS names no principal in what it records of a call it turned down. */
const keyOf = (call: RecordedCall | undefined): string | undefined =>
  /Credential=([^/]+)/u.exec(call?.headers["authorization"] ?? "")?.[1];

const theirs = (): Clients =>
  clientsOf({
    region: aws.region,
    credentials: { ...aws.user },
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: aws.ca }) }),
  });
const ours = (): Clients => clientsOf(countersigned({ region: aws.region, credentials: aws.user, transport }));

const calls: readonly (readonly [what: string, send: (clients: Clients) => Promise<unknown>])[] = [
  ["ListActions", ({ sagemaker }) => sagemaker.send(new ListActionsCommand({ MaxResults: 5, SourceUri: "s3://é" }))],
  ["GetCallerIdentity", ({ sts }) => sts.send(new GetCallerIdentityCommand({}))],
  [
    "AssumeRole",
    ({ sts }) =>
      sts.send(
        new AssumeRoleCommand({ RoleArn: aws.role("worker").arn, RoleSessionName: "session", ExternalId: "a/b:c" }),
      ),
  ],
  [
    "InvokeEndpoint",
    ({ runtime }) =>
      runtime.send(
        new InvokeEndpointCommand({
          EndpointName: "my-endpoint",
          Body: Buffer.from("hello"),
          ContentType: "text/plain",
          TargetVariant: "blue",
          CustomAttributes: "trace=1",
        }),
      ),
  ],
  [
    "InvokeEndpointAsync",
    ({ runtime }) =>
      runtime.send(
        new InvokeEndpointAsyncCommand({ EndpointName: "my-endpoint", InputLocation: "s3://bucket/key with space" }),
      ),
  ],
  [
    "InvokeEndpointWithResponseStream",
    async ({ runtime }) => {
      const command = new InvokeEndpointWithResponseStreamCommand({
        EndpointName: "my-endpoint",
        Body: Buffer.from("x".repeat(3000)),
      });
      const bytes: number[] = [];
      for await (const event of (await runtime.send(command)).Body ?? [])
        bytes.push(event.PayloadPart?.Bytes?.length ?? 0);
      return bytes;
    },
  ],
];

/** What differs from one sending to the next, with every client. */
const VOLATILE = new Set([
  "authorization",
  "x-amz-date",
  "amz-sdk-invocation-id",
  "user-agent",
  "x-amz-user-agent",
  "host",
  "connection",
]);

function shape({ service, operation, method, target, headers, body }: RecordedCall): unknown {
  const kept = Object.entries(headers).filter(([name]) => !VOLATILE.has(name));
  return { service, operation, method, target, headers: Object.fromEntries(kept), body: Buffer.from(body).toString() };
}

/** What the service answered, without what is new each time. */
const answered = (output: unknown): unknown =>
  JSON.parse(
    JSON.stringify(output, (name, value: unknown) =>
      ["$metadata", "InferenceId", "OutputLocation", "FailureLocation", "Credentials", "ResponseMetadata"].includes(
        name,
      )
        ? undefined
        : value,
    ),
  );

describe("the SDK's own clients, with countersigned and without", () => {
  it.each(calls)("send the same request: %s", async (what, send) => {
    const outputs: unknown[] = [];
    const requests: unknown[] = [];
    for (const clients of [theirs(), ours()]) {
      aws.reset();
      outputs.push(answered(await send(clients)));
      const recorded = aws.calls();
      expect(recorded.map(({ status }) => status)).toEqual([what === "InvokeEndpointAsync" ? 202 : 200]);
      requests.push(recorded.map(shape));
    }
    expect(requests[1]).toEqual(requests[0]);
    expect(outputs[1]).toEqual(outputs[0]);
  });

  it("send through the transport, over TLS with forward secrecy", async () => {
    const before = transport.stats().handshakes;
    await ours().sts.send(new GetCallerIdentityCommand({}));
    expect(transport.stats().handshakes).toBeGreaterThanOrEqual(before);
    expect(aws.calls()[0]?.tls).toMatchObject({ protocol: "TLSv1.3" });
  });

  it("send over HTTP/2 when asked to, and what they sign for that protocol is what arrives", async () => {
    await using http2 = await startAws({ http2: true });
    await using over = createTransport({ ca: http2.ca });
    const options = {
      ...countersigned({ region: http2.region, credentials: http2.user, transport: over }),
      requestHandler: over.requestHandler({ protocol: "h2" }),
    };
    await new STSClient({ ...options, endpoint: http2.url.sts }).send(new GetCallerIdentityCommand({}));
    await new SageMakerClient({ ...options, endpoint: http2.url.sagemaker }).send(new ListModelsCommand({}));
    expect(http2.calls().map(({ status }) => status)).toEqual([200, 200]);
    expect(over.stats().handshakes).toBe(2);
  });

  it("get the SDK's own errors", async () => {
    const sent = ours().sagemaker.send(new DescribeModelCommand({ ModelName: "missing" }));
    await expect(sent).rejects.toMatchObject({ name: "ValidationException", $metadata: { httpStatusCode: 400 } });
  });

  it("are corrected by the SDK when the machine's clock is off, once and not twice", async () => {
    aws.fault({ kind: "skewed-date", ms: 3_600_000, times: Number.POSITIVE_INFINITY });
    expect(await ours().sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "123456789012" });
    expect(aws.calls().map(({ status }) => status)).toEqual([403, 200]);
  });
});

describe("what is signed is what is sent: middleware behind the signing", () => {
  const other = (request: HttpRequest): void => {
    const { hostname, port } = new URL(aws.url.sts);
    Object.assign(request, { hostname, port: Number(port) });
  };
  type Change = (request: HttpRequest) => HttpRequest | void;
  const changes: Readonly<Record<string, Change>> = {
    port: other,
    hostname: (request) => void (request.hostname = "127.0.0.1"),
    protocol: (request) => void (request.protocol = "http:"),
    "host and Host header": (request) => {
      other(request);
      request.headers["host"] = new URL(aws.url.sts).host;
    },
    "Host header": (request) => void (request.headers["host"] = "evil.example.com"),
    "host of a copy": (request) => {
      const copy = HttpRequest.clone(request);
      other(copy);
      return copy;
    },
    "name of the signature's header": ({ headers: { authorization = "", ...headers }, ...request }) => {
      const renamed = new HttpRequest({ ...request, headers: { ...headers, Authorization: authorization } });
      other(renamed);
      return renamed;
    },
    "host beside a second Authorization header": (request) => {
      other(request);
      request.headers = { Authorization: "AWS4-HMAC-SHA256 Signature=00", ...request.headers };
    },
    "host behind another signature in the header": (request) => {
      other(request);
      request.headers["authorization"] = `Signature=00, ${request.headers["authorization"]}`;
    },
    "host, with the signature in capitals": (request) => {
      other(request);
      const capitals = (text: string): string => text.toUpperCase().replace("SIGNATURE=", "Signature=");
      request.headers["authorization"] = request.headers["authorization"]!.replace(/Signature=\w+/u, capitals);
    },
    "host of a request whose signature is in a header of another name": (request) => {
      other(request);
      request.headers["x-forwarded-authorization"] = request.headers["authorization"]!;
      delete request.headers["authorization"];
    },
    "port, by a getter that gives the right one at first": (request) => {
      const ports = [request.port];
      const get = () => ports.shift() ?? Number(new URL(aws.url.sts).port);
      return Object.defineProperty(request, "port", { get, enumerable: true });
    },
  };
  const places = ["finalizeRequest", "deserialize"] as const;

  it.each(Object.entries(changes).flatMap(([what, change]) => places.map((step) => [what, step, change] as const)))(
    "the %s, changed in the step %s: the other server gets nothing",
    async (what, step, change) => {
      for (const guard of [undefined, createGuard({ posture: "baseline" })]) {
        const { sagemaker } = clientsOf(countersigned({ region: aws.region, credentials: aws.user, transport, guard }));
        sagemaker.middlewareStack.add(
          (next) => async (args) => {
            const request = args.request as HttpRequest;
            return next({ ...args, request: change(request) ?? request });
          },
          { step: step as "finalizeRequest", priority: "low", name: "changesTheServer" },
        );
        expect(await sagemaker.send(new ListModelsCommand({})).catch((error: unknown) => error)).toMatchObject(
          what.includes("getter") ? {} : { name: "SdkError", code: "INVALID_REQUEST" },
        );
      }
      // The getter may give the right port to whatever asks first, and then the right server is sent to.
      expect(aws.calls(what.includes("getter") ? { service: "sts" } : {})).toEqual([]);
    },
  );

  it("leaves a request alone that only other parts were added to, or whose port is the protocol's own", async () => {
    const { sagemaker } = ours();
    sagemaker.middlewareStack.add(
      (next) => async (args) => {
        const copy = HttpRequest.clone(args.request as HttpRequest);
        copy.headers["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        copy.hostname = copy.hostname.toUpperCase();
        return next({ ...args, request: copy });
      },
      { step: "finalizeRequest", priority: "low", name: "traces" },
    );
    expect(await sagemaker.send(new ListModelsCommand({}))).toMatchObject({ Models: [] });
  });
});

describe("credentials", () => {
  it("are ours alone to cache: the SDK honours `memoized`", async () => {
    let asked = 0;
    const provider = async () => {
      asked++;
      // So close to its expiry that the SDK's own cache would ask again for each request.
      return { ...aws.user, expiration: new Date(Date.now() + 240_000) };
    };
    const options = countersigned({ region: aws.region, credentials: provider, transport });
    const clients = [clientsOf(options), clientsOf(options)];
    for (const { sts, sagemaker } of clients) {
      await sts.send(new GetCallerIdentityCommand({}));
      await sagemaker.send(new ListModelsCommand({}));
      await sagemaker.send(new ListModelsCommand({}));
    }
    expect(asked).toBe(1);

    const plain = clientsOf({
      region: aws.region,
      credentials: provider,
      requestHandler: transport.requestHandler(),
    });
    for (let count = 0; count < 3; count++) await plain.sagemaker.send(new ListModelsCommand({}));
    expect(asked).toBeGreaterThan(3);
  });

  it("rejected by a service are replaced, and the call is sent once more", async () => {
    await using broker = createBroker({
      region: aws.region,
      credentials: aws.user,
      endpoint: { url: aws.url.sts },
      transport,
      clock: aws.clock,
    });
    const role = broker.role({ roleArn: aws.role("worker").arn });
    const { sagemaker } = clientsOf(countersigned({ region: aws.region, credentials: role, transport }));
    await sagemaker.send(new ListModelsCommand({}));
    aws.reset();

    aws.fault({ kind: "expired-token", service: "sagemaker" });
    await expect(sagemaker.send(new ListModelsCommand({}))).rejects.toMatchObject({ name: "ExpiredTokenException" });
    expect(aws.calls({ service: "sts" })).toHaveLength(0);

    invalidateOnAuthError(sagemaker, role);
    aws.reset();
    aws.fault({ kind: "expired-token", service: "sagemaker" });
    expect(await sagemaker.send(new ListModelsCommand({}))).toMatchObject({ Models: [] });
    const [first, second] = aws.calls({ service: "sagemaker" });
    expect([first?.status, second?.status]).toEqual([400, 200]);
    expect(keyOf(second)).not.toBe(keyOf(first));
    expect(aws.calls({ service: "sts", operation: "AssumeRole" })).toHaveLength(1);
  });

  it("are replaced when the service really knows them no more", async () => {
    const role = memoize(async () => aws.role("worker").session());
    const { sagemaker } = clientsOf(countersigned({ region: aws.region, credentials: role, transport }));
    invalidateOnAuthError(sagemaker, role);
    await sagemaker.send(new ListModelsCommand({}));
    aws.reset();
    const { accessKeyId } = await role();
    aws.revoke({ accessKeyId });
    expect(await sagemaker.send(new ListModelsCommand({}))).toMatchObject({ Models: [] });
    const calls = aws.calls({ service: "sagemaker" });
    expect(calls.map(({ status }) => status)).toEqual([400, 200]);
    expect(calls.map(keyOf)).toEqual([accessKeyId, (await role()).accessKeyId]);
  });

  it("that cannot be replaced leave the service's own error", async () => {
    const { sagemaker } = clientsOf(countersigned({ region: aws.region, credentials: aws.user, transport }));
    invalidateOnAuthError(sagemaker, { invalidate() {} });
    aws.fault({ kind: "expired-token", times: Number.POSITIVE_INFINITY });
    await expect(sagemaker.send(new ListModelsCommand({}))).rejects.toMatchObject({ name: "ExpiredTokenException" });
    expect(aws.calls()).toHaveLength(1);
  });

  it("are not reported for access that is denied", async () => {
    const reported: unknown[] = [];
    const { sagemaker } = ours();
    invalidateOnAuthError(sagemaker, { invalidate: (rejection) => void reported.push(rejection) });
    aws.fault({ kind: "status", status: 403, code: "AccessDeniedException" });
    await expect(sagemaker.send(new ListModelsCommand({}))).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(reported).toEqual([]);
  });
});

describe("the guard", () => {
  const guarded = () => {
    const guard = createGuard({ posture: "baseline" });
    return clientsOf(countersigned({ region: aws.region, credentials: aws.user, transport, guard }));
  };

  it("stops a request that breaks the posture: nothing is sent, nothing is retried", async () => {
    const command = new CreateNotebookInstanceCommand({
      NotebookInstanceName: "n",
      InstanceType: "ml.t3.medium",
      RoleArn: aws.role("worker").arn,
      DirectInternetAccess: "Enabled",
    });
    await expect(guarded().sagemaker.send(command)).rejects.toMatchObject({
      name: "GuardError",
      code: "POSTURE_BROKEN",
    });
    expect(aws.calls()).toEqual([]);
  });

  it("lets others pass, and remembers what they created", async () => {
    const remembered: unknown[] = [];
    const guard = createGuard({ posture: "baseline" });
    const watching = { ...guard, remember: (action: string) => void remembered.push(action) };
    const { sagemaker, sts } = clientsOf(
      countersigned({ region: aws.region, credentials: aws.user, transport, guard: watching }),
    );
    await sts.send(new GetCallerIdentityCommand({}));
    await sagemaker.send(new ListModelsCommand({}));
    await expect(sagemaker.send(new DescribeModelCommand({ ModelName: "missing" }))).rejects.toThrow(
      /missing|not find/iu,
    );
    expect(remembered).toEqual(["ListModels"]);
  });
});
