import { createTransport } from "@countersign/transport";
import { afterEach, expect, test } from "vitest";
import { BrokerError, type BrokerOptions, createBroker, fileStore, valkeyStore } from "../../src/index.ts";
import { createCommandLineApp, proveIdentity } from "../../src/server.ts";
import { harness, ROLE } from "../harness.ts";

const key = { id: "k", key: new Uint8Array(32) };
const client = { eval: () => undefined };
const refused = (message: RegExp) =>
  expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(message) });

test.each<[string, unknown, RegExp]>([
  ["nothing", undefined, /^region: must be a Region such as eu-west-1; pass process\.env\.AWS_REGION, and set that/u],
  ["null", null, /^options: must be an object$/u],
  ["a list", [], /^options: must be an object$/u],
  ["an unknown name", { region: "eu-west-1", regoin: "x" }, /^regoin: is not an option; did you mean region\?/u],
  ["an unknown limit", { limits: { maxQeue: 1 } }, /^limits\.maxQeue: is not an option; did you mean maxQueue\?/u],
  ["a limit of 0", { limits: { burst: 0 } }, /^limits\.burst: must be a whole number/u],
  ["a share above 1", { limits: { tenantShare: 1.1 } }, /^limits\.tenantShare: must be a number above 0 and up to 1/u],
  ["limits of null", { limits: null }, /^limits: must be an object/u],
  ["a failover Region of null", { failoverRegions: [null] }, /^failoverRegions\[0\]: must be a Region/u],
  ["failover Regions as text", { failoverRegions: "eu-west-1" }, /^failoverRegions: must be a list/u],
  [
    "a misspelt endpoint",
    { endpoint: { dualstack: true } },
    /^endpoint\.dualstack: is not an option; did you mean dualStack\?/u,
  ],
  ["an endpoint of text", { endpoint: "https://sts" }, /^endpoint: must be an object/u],
  ["half a clock", { clock: { now: () => 0 } }, /^clock: must be a clock from createClock\(\)/u],
  ["a transport of null", { transport: null }, /^transport: must be a transport from createTransport\(\)/u],
  ["a store without methods", { store: {} }, /^store: must be a store from/u],
  ["a listener of text", { onEvent: "log" }, /^onEvent: must be a function/u],
  [
    "a misspelt window",
    { windows: { advisoryMS: 1, mandatoryMs: 1 } },
    /^windows\.advisoryMS: is not an option; did you mean advisoryMs\?/u,
  ],
  ["a grace of text", { serveExpired: { graceMs: "1" } }, /^serveExpired\.graceMs: must be a whole number/u],
  ["always serving", { serveExpired: "always" }, /^serveExpired: must be "never" or \{ graceMs \}/u],
  ["a session name of null", { sessionName: null }, /^sessionName: must be text/u],
  [
    "a source without a name",
    { credentials: { id: "", provider: async () => ({}) } },
    /^credentials\.id: must be text/u,
  ],
  [
    "a misspelt source",
    { credentials: { id: "a", provder: async () => ({}) } },
    /^credentials\.provder: is not an option; did you mean provider\?/u,
  ],
])("createBroker refuses %s", (_, given, message) => {
  const options =
    typeof given === "object" && given !== null && !Array.isArray(given) ? { region: "eu-west-1", ...given } : given;
  expect(() => createBroker(options as BrokerOptions)).toThrow(refused(message));
});

test.each<[string, (broker: ReturnType<typeof harness>["broker"]) => unknown, RegExp]>([
  ["role()", (broker) => broker.role(undefined as never), /^roleArn: must be arn:/u],
  ["role(null)", (broker) => broker.role(null as never), /^options: must be an object/u],
  [
    "role, the ARN alone",
    (broker) => broker.role(ROLE as never),
    /^options: must be an object, such as \{ roleArn \}/u,
  ],
  [
    "externalID",
    (broker) => broker.role({ roleArn: ROLE, externalID: "x" } as never),
    /^externalID: is not an option; did you mean externalId\?/u,
  ],
  [
    "mfa.serial",
    (broker) => broker.role({ roleArn: ROLE, mfa: { serial: "x" } } as never),
    /^mfa\.serial: is not an option/u,
  ],
  [
    "mfa without a code",
    (broker) => broker.role({ roleArn: ROLE, mfa: { serialNumber: "123456789" } } as never),
    /^mfa\.code: must be a function/u,
  ],
  [
    "a parent of another kind",
    (broker) => broker.role({ roleArn: ROLE, via: {} as never }),
    /^via: must be a role of this broker/u,
  ],
  [
    "a token of text",
    (broker) => broker.webIdentity({ roleArn: ROLE, token: "jwt" as never }),
    /^token: must be a function/u,
  ],
  [
    "saml without an assertion",
    (broker) => broker.saml({ roleArn: ROLE, principalArn: "arn:aws:iam::111122223333:saml-provider/x" } as never),
    /^assertion: must be a function/u,
  ],
  [
    "a duration of text",
    (broker) => broker.sessionToken({ durationSeconds: "900" } as never),
    /^durationSeconds: must be a whole number/u,
  ],
  ["federationToken()", (broker) => broker.federationToken(undefined as never), /^name: must be 2-32/u],
  [
    "taskPolicyARN",
    (broker) => broker.assumeRoot({ targetPrincipal: "111122223333", taskPolicyARN: "x" } as never),
    /^taskPolicyARN: is not an option; did you mean taskPolicyArn\?/u,
  ],
])("a spec is refused: %s", (_, make, message) => {
  const { broker } = harness();
  expect(() => make(broker)).toThrow(
    expect.objectContaining({ name: "BrokerError", code: "INVALID_SPEC", message: expect.stringMatching(message) }),
  );
});

test.each<[string, (broker: ReturnType<typeof harness>["broker"]) => unknown, RegExp]>([
  [
    "get({ forceRefresh: 'no' })",
    (b) => b.role({ roleArn: ROLE }).get({ forceRefresh: "no" as never }),
    /^forceRefresh: must be true or false/u,
  ],
  [
    "get({ minTTLMs })",
    (b) => b.role({ roleArn: ROLE }).get({ minTTLMs: 1 } as never),
    /^minTTLMs: is not an option; did you mean minTtlMs\?/u,
  ],
  [
    "get({ signal })",
    (b) => b.role({ roleArn: ROLE }).get({ signal: {} as never }),
    /^signal: must be an AbortSignal/u,
  ],
  ["get(null)", (b) => b.role({ roleArn: ROLE }).get(null as never), /^options: must be an object/u],
  ["revoke()", (b) => b.revoke(undefined as never), /^filter: must be an object; \{\} revokes all sessions/u],
  [
    "revoke({ roelArn })",
    (b) => b.revoke({ roelArn: ROLE } as never),
    /^roelArn: is not an option; did you mean roleArn\?/u,
  ],
  [
    "revoke({ issuedBefore: text })",
    (b) => b.revoke({ issuedBefore: "2026" as never }),
    /^issuedBefore: must be a valid Date/u,
  ],
  ["warm()", (b) => b.warm(undefined as never), /^roles: must be a list/u],
  ["warm([{}])", (b) => b.warm([{} as never]), /^roles\[0\]: must be a role of this broker/u],
])("a call is refused: %s", async (_, call, message) => {
  const { broker, calls } = harness();
  await expect(async () => call(broker)).rejects.toThrow(refused(message));
  expect(calls).toHaveLength(0);
});

test.each<[string, () => unknown, RegExp]>([
  [
    "fileStore: a misspelt name",
    () => fileStore({ dir: "x" } as never),
    /^dir: is not an option; the options are directory, mode/u,
  ],
  ["fileStore: a wrong mode", () => fileStore({ mode: "write" as never }), /^mode: must be "read" or "read-write"/u],
  ["fileStore: a number as folder", () => fileStore({ directory: 1 as never }), /^directory: must be text/u],
  ["valkeyStore: nothing", () => valkeyStore(undefined as never), /^namespace: must be 1-64/u],
  [
    "valkeyStore: a client of null",
    () => valkeyStore({ client: null as never, namespace: "n", keyring: [key] }),
    /^client: must be a client/u,
  ],
  ["valkeyStore: no keyring", () => valkeyStore({ client, namespace: "n" } as never), /^keyring: must be a list/u],
  [
    "valkeyStore: a misspelt key",
    () => valkeyStore({ client, namespace: "n", keyring: [{ ...key, kye: 1 } as never] }),
    /^keyring\[0\]\.kye: is not an option; did you mean key\?/u,
  ],
  [
    "valkeyStore: null in the keyring",
    () => valkeyStore({ client, namespace: "n", keyring: [null as never] }),
    /^keyring\[0\]: must be an object/u,
  ],
  [
    "createCommandLineApp: nothing",
    () => createCommandLineApp(harness().broker, undefined as never),
    /^roles: must be a list/u,
  ],
  [
    "createCommandLineApp: a misspelt name",
    () => createCommandLineApp(harness().broker, { role: [] } as never),
    /^role: is not an option; did you mean roles\?/u,
  ],
])("%s is refused", (_, make, message) => {
  expect(make).toThrow(refused(message));
});

test.each<[string, object | undefined, RegExp]>([
  ["nothing", undefined, /^region: must be text/u],
  [
    "no audience",
    { credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s" }, region: "eu-west-1" },
    /^audience: must be text/u,
  ],
  ["no credentials", { region: "eu-west-1", audience: "a" }, /^credentials: must be/u],
  [
    "a misspelt name",
    { region: "eu-west-1", audience: "a", credential: {} },
    /^credential: is not an option; did you mean credentials\?/u,
  ],
])("proveIdentity refuses %s", async (_, options, message) => {
  await expect(proveIdentity(options as never)).rejects.toThrow(refused(message));
});

afterEach(() => {
  for (const name of [
    "forceRefresh",
    "minTtlMs",
    "externalId",
    "store",
    "id",
    "graceMs",
    "retryAfterMs",
    "warm",
    "background",
  ]) {
    delete (Object.prototype as Record<string, unknown>)[name];
  }
});

test("a polluted Object.prototype changes no option, no spec and no call", async () => {
  const polluted = Object.prototype as Record<string, unknown>;
  Object.assign(polluted, {
    forceRefresh: true,
    minTtlMs: 1e9,
    externalId: "planted",
    id: "planted",
    warm: true,
    background: true,
  });
  const h = harness();
  const role = h.broker.role({ roleArn: ROLE });
  await role.get();
  await role.get({});
  await role.provider({});
  await h.clock.advance(6000);
  await role.get({});
  expect(h.calls).toHaveLength(1);
  expect(Object.keys(h.calls[0]?.input ?? {})).not.toContain("ExternalId");
  polluted["store"] = {};
  await using transport = createTransport();
  await using broker = createBroker({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s" },
    transport,
  });
  expect(broker.snapshot().store).not.toHaveProperty("off");
});

test("an option is read once, and later changes of the object have no effect", () => {
  let reads = 0;
  const spec = {
    get roleArn() {
      reads += 1;
      return reads === 1 ? ROLE : "not an ARN";
    },
  };
  expect(() => harness().broker.role(spec)).not.toThrow(BrokerError);
  expect(reads).toBe(1);
});
