import { expect, it } from "vitest";
import { type Broker, createBroker } from "../../../src/index.ts";
import { VendingError, type VendingConfig, createVendingApp } from "../../../src/server.ts";

const broker: Broker = createBroker({
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
});
const roleArn = "arn:aws:iam::123456789012:role/web";
const allow = [
  { actions: ["sagemaker:InvokeEndpoint"], resources: ["arn:aws:sagemaker:eu-west-1:123456789012:endpoint/a"] },
];
const browser = { kind: "browser", roleArn, allow } as const;
const config: VendingConfig = {
  hosts: ["broker.example.com"],
  origins: ["https://app.example.com"],
  identityProvider: { issuer: "https://id.example.com/", audience: "broker", jwksUrl: "https://id.example.com/jwks" },
  audience: "https://broker.example.com",
  identityRegions: ["eu-west-1"],
  grants: { invoke: browser },
};

const grant = (change: object): object => ({ grants: { invoke: { ...browser, ...change } } });
const allows = (change: object): object => grant({ allow: [{ ...allow[0], ...change }] });

it("takes a configuration that can be served", async () => {
  const app = createVendingApp(broker, config);
  expect((await app.request("/healthz")).status).toBe(200);
  await app.drain();
});

it.each([
  "{tenant}-*",
  "*-{tenant}",
  "{tenant}/*",
  "*/{tenant}",
  "a-{tenant}",
  "{tenant}_?",
  "{team}/*/{tenant}",
  "?/{tenant}/*",
  "${*}/{tenant}/*",
  "{tenant}-${*}*",
  "{tenant}/${aws:SourceIdentity}/*",
  "{tenant}-${aws:SourceIdentity}",
])("takes a template in which %s names the tenant's own", (part) => {
  const changed = { ...config, ...allows({ resources: [`arn:aws:s3:::b/${part}`] }) };
  expect(() => createVendingApp(broker, changed as VendingConfig)).not.toThrow();
});

it.each([
  "b/*-{tenant}-*",
  "b/*/{tenant}/*",
  "b/{team}/*/{tenant}/x-*",
  "b/*:{tenant}:*",
  "b/${aws:PrincipalTag/org}/{tenant}/*",
  "b/${aws:PrincipalTag/org}/{tenant}/${aws:userid}",
])("refuses a claim between two wildcards: %s", (part) => {
  const changed = { ...config, ...allows({ resources: [`arn:aws:s3:::${part}`] }) };
  expect(() => createVendingApp(broker, changed as VendingConfig)).toThrow(
    "/grants/invoke/allow/0/resources: must have no * or variable before {tenant} when one follows it",
  );
});

it.each([
  ["s3:*:*:b/{tenant}/*", "the Region and the account"],
  ["s3:eu-*:123456789012:accesspoint/{tenant}/object/*", "the Region"],
  ["s3:*??:123456789012:accesspoint/{tenant}/object/*", "the Region"],
  ["logs:*:123456789012:log-group:{tenant}:*", "the Region"],
  ["logs:eu-west-1:${aws:PrincipalAccount}:log-group:{tenant}:*", "the account"],
  ["*:eu-west-1:123456789012:{tenant}/*", "the service"],
])(
  "refuses a * at the end of a part of an ARN, which goes on into the next parts, before a claim: %s",
  (rest, part) => {
    const changed = { ...config, ...allows({ resources: [`arn:aws:${rest}`] }) };
    expect(() => createVendingApp(broker, changed as VendingConfig)).toThrow(
      `/grants/invoke/allow/0/resources: must have ${part} by name: a * at the end goes on into the next parts, and another one follows {tenant}`,
    );
  },
);

it("a resource with two faults is told of the one that a name of the Region does not mend", () => {
  const changed = { ...config, ...allows({ resources: ["arn:aws:s3:*:123456789012:b/*/{tenant}/*"] }) };
  expect(() => createVendingApp(broker, changed as VendingConfig)).toThrow(
    "must have no * or variable before {tenant} when one follows it",
  );
});

it.each([
  "s3:*:*:b/{tenant}",
  "s3:*-1:123456789012:accesspoint/{tenant}/object/*",
  "s3:eu-west-1:{tenant}:accesspoint/a/object/*",
  "sagemaker:*:123456789012:endpoint/{tenant}-*",
])("takes a * of one part that reaches no later one: %s", (rest) => {
  const changed = { ...config, ...allows({ resources: [`arn:aws:${rest}`] }) };
  expect(() => createVendingApp(broker, changed as VendingConfig)).not.toThrow();
});

it.each([
  "{tenant}${aws:PrincipalTag/team}/*",
  "${aws:PrincipalTag/team}{tenant}",
  "{tenant}${*}*",
  "{tenant}${?}*",
  "*${*}{tenant}",
])("refuses a claim that nothing separates from other text: %s", (part) => {
  const changed = { ...config, ...allows({ resources: [`arn:aws:s3:::b/${part}`] }) };
  expect(() => createVendingApp(broker, changed as VendingConfig)).toThrow(
    "must have a separator such as - between {tenant} and the wildcard or variable",
  );
});

it.each([
  "${{tenant}}",
  "${{{tenant}}}",
  "${aws:PrincipalTag/{tenant}}",
  "${aws:PrincipalTag/team,'{tenant}'}",
  "x${tenant}",
])("refuses a claim within a variable: %s", (part) => {
  const changed = { ...config, ...allows({ resources: [`arn:aws:s3:::b/${part}`] }) };
  expect(() => createVendingApp(broker, changed as VendingConfig)).toThrow("must have no $ before {tenant}");
});

it.each([
  ["/grants", { grants: {} }],
  ["/grants/Not A Name", { grants: { "Not A Name": browser } }],
  ["/grants/invoke/roleArn", grant({ roleArn: "arn:aws:iam::123456789012:user/web" })],
  ["/grants/invoke/durationSeconds", grant({ durationSeconds: 899 })],
  ["/grants/invoke/durationSeconds", grant({ durationSeconds: 3_601 })],
  ["/grants/invoke/kind", grant({ kind: "else" })],
  ["/grants/invoke/allow", grant({ allow: [] })],
  ["/grants/invoke/allow/0/actions", allows({ actions: ["*"] })],
  ["/grants/invoke/allow/0/actions", allows({ actions: ["sagemaker:*"] })],
  ["/grants/invoke/allow/0/actions", allows({ actions: ["sts:AssumeRole"] })],
  ["/grants/invoke/allow/0/actions", allows({ actions: ["iam:PassRole"] })],
  ["/grants/invoke/allow/0/resources", allows({ resources: ["*"] })],
  ["/grants/invoke/allow/0/resources", allows({ resources: [] })],
  [
    "/grants/invoke/allow",
    allows({ resources: Array.from({ length: 8 }, (_, index) => `arn:aws:s3:::b-${index}-{sub}-x`) }),
  ],
  ["/grants/invoke/allow/0/resources", allows({ resources: ["arn:aws:s3:::b/{tenant}*"] })],
  ["/grants/invoke/allow/0/resources", allows({ resources: ["arn:aws:s3:::b/*{tenant}"] })],
  ["/grants/invoke/allow/0/resources", allows({ resources: ["arn:aws:s3:::b/{tenant}x*"] })],
  ["/grants/invoke/allow/0/resources", allows({ resources: ["arn:aws:s3:::b/{tenant}?"] })],
  ["/grants/invoke/allow/0/resources", allows({ resources: ["arn:aws:s3:::b/{tenant}{team}"] })],
  ["/grants/invoke/allow/0/resources", allows({ resources: ["arn:aws:s3:::b/${tenant}"] })],
  ["/grants/invoke/issuer", grant({ issuer: "https://other.example.com/" })],
  ["/identityProvider", { identityProvider: { ...config.identityProvider, jwksFile: "a" } }],
  ["/identityProvider", { identityProvider: { ...config.identityProvider, jwksUrl: undefined } }],
  ["/identityProviders/0/issuer", { identityProviders: [config.identityProvider] }],
  ["/grants/invoke/issuer", { identityProviders: [{ issuer: "https://b.example.com", audience: "b", jwksFile: "a" }] }],
  [
    "/grants/invoke/serviceAccounts/0",
    { grants: { invoke: { kind: "serviceAccount", roleArn, issuer: "i", serviceAccounts: ["*"] } } },
  ],
  ["/trustedProxies/0", { trustedProxies: ["10.0.0.0/33"] }],
  ["/hosts", { hosts: [] }],
  ["/hosts/0", { hosts: ["https://broker.example.com"] }],
  ["/origins/0", { origins: ["https://app.example.com/"] }],
  ["/origins/0", { origins: ["*"] }],
  ["/origins/0", { origins: ["null"] }],
  ["/origins/0", { origins: ["https://*.example.com"] }],
  ["/grants/invoke/tags", grant({ tags: { team: "team", Team: "group" } })],
  ["/grants/invoke/tags", grant({ tags: { "": "team" } })],
  ["/grants/invoke/tags", grant({ tags: { "team*": "team" } })],
  ["/origins/0", { origins: ["http://app.example.com"] }],
  ["/origins", { origins: [] }],
  ["/identityProvider", { identityProvider: undefined }],
  [
    "/identityProvider/jwksUrl",
    { identityProvider: { ...config.identityProvider, jwksUrl: "http://id.example.com/jwks" } },
  ],
  ["/identityProvider/audience", { identityProvider: { ...config.identityProvider, audience: "" } }],
  ["/identityProvider/algorithms/0", { identityProvider: { ...config.identityProvider, algorithms: ["HS256"] } }],
  ["/grants/invoke/tokenSha256", grant({ kind: "container", tokenSha256: [], allow: undefined })],
  ["/grants/invoke/tokenSha256/0", grant({ kind: "container", tokenSha256: ["secret"], allow: undefined })],
  ["/grants/invoke/principals/0", grant({ kind: "machine", principals: ["*"] })],
  ["/audience", { audience: "", ...grant({ kind: "machine", principals: [roleArn] }) }],
])("names %s when it cannot be served", (pointer, change) => {
  const make = (): unknown => createVendingApp(broker, { ...config, ...change });
  expect(make).toThrow(VendingError);
  expect(make).toThrow(new RegExp(`^${pointer}: `));
});

const full = {
  ...config,
  limits: { perSubject: 1, perAddress: 1, rejectedPerAddress: 1, maxInFlight: 1 },
  identityProvider: { ...config.identityProvider, algorithms: ["ES256"], tokenType: "JWT", maxAgeSeconds: 60 },
  grants: {
    invoke: {
      ...browser,
      externalId: "ex",
      durationSeconds: 900,
      claims: { a: "b" },
      tags: { a: "b" },
      tenantClaim: "t",
    },
    task: { kind: "container", roleArn, tokenSha256: ["a".repeat(64)] },
    batch: { kind: "machine", roleArn, principals: [roleArn] },
  },
};

function placesOf(value: object, above: readonly string[] = []): (readonly string[])[] {
  return Object.entries(value).flatMap(([name, one]) => {
    const here = [...above, name];
    return [here, ...(typeof one === "object" ? placesOf(one, here) : [])];
  });
}

it.each(placesOf(full).map((place) => [`/${place.join("/")}`, place] as const))(
  "a file with something else at %s is refused, and says where",
  (pointer, place) => {
    for (const value of [null, -1, true, 1.5, {}, { x: null }, [null]]) {
      const changed = structuredClone(full) as Record<string, unknown>;
      let at = changed;
      for (const name of place.slice(0, -1)) at = at[name] as Record<string, unknown>;
      at[place.at(-1) as string] = value;
      // Nothing in these: as good as leaving the field out.
      const isEmpty = JSON.stringify(value) === "{}" && /\/(?:limits|claims|tags)$/.test(pointer);
      // A claim can be required to be a number or a truth value.
      const isCondition = pointer.includes("/claims/") && (value === -1 || value === true);
      if (isEmpty || isCondition) continue;
      expect(() => createVendingApp(broker, changed as never)).toThrow(
        expect.objectContaining({ code: "INVALID_CONFIG", message: expect.stringMatching(/^\/\S+: /) }),
      );
    }
  },
);

it.each([
  ["/grants/invoke/claim", grant({ claim: { group: "admin" } })],
  ["/grants/invoke/principals", grant({ principals: [roleArn] })],
  ["/limit", { limit: { perAddress: 1 } }],
  ["/identityProvider/audiences", { identityProvider: { ...config.identityProvider, audiences: ["a"] } }],
])("an unknown field, such as a misspelt condition, is refused at %s", (pointer, change) => {
  expect(() => createVendingApp(broker, { ...config, ...change })).toThrow(`${pointer}: is not a field`);
});
