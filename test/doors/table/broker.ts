import { createBroker, BrokerCredentials } from "@countersign/broker";
import { VendingError } from "@countersign/broker/server";
import type { Door } from "../door.ts";
import { also, anything, fixed, maybe, open, part } from "../variants.ts";
import {
  type Doors,
  close,
  region,
  clock,
  nothing,
  transport,
  ms,
  error,
  LOST,
  arn,
  credentialRequest,
  credentials,
  keys,
  provider,
  EMPTY,
} from "./shared.ts";

const broker = createBroker({ region, credentials: keys, transport });
const session = new BrokerCredentials({ ...keys, sessionToken: "t", expiration: new Date("2099-01-01") });
const tags = { "tags?": also(open({ a: also("b", '""') }), ...EMPTY) };
const policy = {
  "policy?": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sagemaker:*","Resource":"*"}]}',
  "policyArns?": also(["arn:aws:iam::aws:policy/A"], "[]"),
};
const more = { ...policy, "tenant?": "a" };
const role: Door["methods"] = {
  get: { args: [credentialRequest], passed: LOST.concat("STS_UNAVAILABLE") },
  peek: { args: [] },
  provider: "is the same",
  invalidate: provider.invalidate,
};
const mfa = { serialNumber: "arn:aws:iam::123456789012:mfa/a", code: async () => String(Math.random()).slice(2, 8) };
const options = {
  transport: part(transport),
  "region?": region,
  "env?": also(open({}), ...EMPTY, "{ zzz }"),
  "files?": maybe({ "config?": "/nowhere", "credentials?": "/nowhere" }, ...EMPTY),
  "clock?": part(clock),
  "mfaCode?": () => "123456",
};

const ofSource: Door["methods"] = {
  "()": { args: [credentialRequest], passed: ["SOURCE_ABSENT", "SOURCE_UNAVAILABLE", "SOURCE_INVALID"] },
};
export const brokerDoors: Doors = {
  ".": {
    BrokerError: error("INVALID_OPTION"),
    WebIdentityToken: {
      construct: true,
      args: ["token", also(new Date(0), "date")],
      methods: { toJSON: { args: [] } },
    },
    BrokerCredentials: {
      construct: true,
      args: [
        open({
          ...keys,
          sessionToken: "t",
          expiration: also(new Date("2099-01-01"), "date"),
          "accountId?": anything("123456789012"),
        }),
      ],
      methods: { expose: { args: [] }, toJSON: { args: [] } },
    },
    createBroker: {
      args: [
        {
          "credentials?": credentials,
          region,
          "failoverRegions?": also(["eu-west-2"], "[]"),
          "endpoint?": maybe({ "fips?": false }, ...EMPTY),
          "transport?": part(transport),
          "clock?": part(clock),
          "onEvent?": nothing,
          "windows?": also("adaptive"),
          "serveExpired?": { graceMs: ms(1000) },
          "limits?": maybe(
            {
              "maxEntries?": ms(10),
              "maxInFlight?": ms(10),
              "maxQueue?": ms(10),
              "stsPerSecond?": ms(10),
              "burst?": ms(10),
              "tenantShare?": 0.5,
            },
            ...EMPTY,
          ),
          "sessionName?": "name",
        },
      ],
      after: close,
      methods: {
        role: {
          args: [
            {
              roleArn: arn,
              "externalId?": "ab",
              ...tags,
              "transitiveTagKeys?": also(["a"], "[]"),
              "sourceIdentity?": "ab",
              "sessionName?": "ab",
              "durationSeconds?": 900,
              "mfa?": mfa,
              ...more,
            },
          ],
          methods: role,
        },
        webIdentity: {
          args: [
            {
              roleArn: arn,
              token: () => "a",
              "subject?": "a",
              "providerId?": "abcd",
              "sessionName?": "ab",
              "durationSeconds?": 900,
              ...more,
            },
          ],
          methods: role,
        },
        saml: {
          args: [
            {
              roleArn: arn,
              principalArn: "arn:aws:iam::123456789012:saml-provider/a",
              assertion: () => "abcd",
              "subject?": "a",
              "durationSeconds?": 900,
              ...more,
            },
          ],
          methods: role,
        },
        sessionToken: {
          args: [maybe({ "mfa?": mfa, "durationSeconds?": 900, "tenant?": "a" }, ...EMPTY)],
          methods: role,
        },
        federationToken: { args: [{ name: "ab", ...tags, "durationSeconds?": 900, ...more }], methods: role },
        assumeRoot: {
          args: [
            {
              targetPrincipal: "123456789012",
              taskPolicyArn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
              "durationSeconds?": also(900, "5"),
              "tenant?": "a",
            },
          ],
          methods: role,
        },
        webIdentityToken: {
          args: [
            { audience: "a", ...tags, "lifetimeSeconds?": 300, "algorithm?": "RS256", "tenant?": "a" },
            credentialRequest,
          ],
          passed: ["STS_UNAVAILABLE"],
        },
        revoke: {
          args: [also({ "roleArn?": arn, "tenant?": "a", "issuedBefore?": also(new Date(0), "date") }, ...EMPTY)],
        },
        warm: { args: [also([], "[]")] },
        snapshot: { args: [] },
        close: "ends the broker",
      },
    },
    defaultChain: {
      args: [{ ...options, "profile?": "a", "onSource?": nothing }],
      methods: {
        "()": { args: [credentialRequest], passed: ["SOURCE_ABSENT", "SOURCE_UNAVAILABLE", "SOURCE_INVALID"] },
      },
    },
    sources: {
      object: true,
      args: [],
      methods: {
        environment: { args: [options], methods: ofSource },
        profile: { args: [{ ...options, "profile?": "a" }], methods: ofSource },
        webIdentity: { args: [options], methods: ofSource },
        container: { args: [options], methods: ofSource },
        instance: { args: [options], methods: "asks the network" },
        process: { args: [{ ...options, command: "false" }], methods: ofSource },
        sso: "see sources/sso.test.ts",
        x509: "see sources/x509.test.ts",
        chain: { args: [[async () => keys]], methods: { "()": provider["()"] } },
      },
    },
    explainProfile: {
      args: [
        maybe(
          {
            "profile?": "default",
            "env?": also(open({}), ...EMPTY, "{ zzz }"),
            "files?": maybe({ "config?": "/nowhere", "credentials?": "/nowhere" }, ...EMPTY),
            "region?": region,
          },
          ...EMPTY,
        ),
      ],
      passed: ["SOURCE_INVALID", "SOURCE_ABSENT"],
    },
    settingsOf: {
      args: [
        maybe(
          { "profile?": "default", "env?": also(open({}), ...EMPTY, "{ zzz }"), "files?": also(open({}), ...EMPTY) },
          ...EMPTY,
        ),
      ],
      passed: ["SOURCE_INVALID"],
    },
    brokerMetrics: { args: [], methods: { onEvent: "is a listener", observe: { args: [part(broker)] } } },
    valkeyStore: {
      args: [{ client: open({ eval: nothing }), namespace: "a", keyring: [{ id: "a", key: new Uint8Array(32) }] }],
      methods: "a store is called by the broker only",
    },
    fileStore: {
      args: [maybe({ "directory?": "/tmp/nowhere", "mode?": "read" }, ...EMPTY)],
      methods: "a store is called by the broker only",
    },
  },
  "./server": {
    VendingError: error("INVALID_CONFIG"),
    createOperatorLog: {
      args: [nothing, maybe({ "level?": "info" }, ...EMPTY)],
      methods: { "()": "is a listener", note: "writes what a program says" },
    },
    createVendingApp: {
      args: [
        part(broker),
        {
          grants: open({ chat: { kind: "machine", roleArn: arn, "durationSeconds?": 900, principals: [arn] } }),
          hosts: ["broker.example.com"],
          audience: "broker.example.com",
          identityRegions: [region],
          "trustedProxies?": also(["10.0.0.0/8"], "[]"),
          "limits?": maybe({ "perSubject?": ms(5), "perAddress?": ms(5), "maxInFlight?": ms(5) }, ...EMPTY),
          "transport?": part(transport),
          "clock?": part(clock),
          "onEvent?": nothing,
        },
      ],
      methods: "are those of Hono",
    },
    ROLE_ARN_SCHEMA: "is a value",
    VENDING_SCHEMA: "is a value",
    checkBySchema: {
      args: [
        fixed({ type: "object", properties: { name: { type: "string" } } }),
        also({ "name?": also("a", '""') }, "{}", "bare"),
        fixed((_pointer: string, message: string): never => {
          throw new VendingError("INVALID_CONFIG", message);
        }),
      ],
    },
    createAdminApp: {
      args: [
        part(broker),
        { registry: open({ metrics: async () => "" }), "isDraining?": () => false, "tokenSha256?": () => undefined },
      ],
      methods: "are those of Hono",
    },
    proveIdentity: { args: [{ credentials, region, audience: "broker.example.com", "clock?": part(clock) }] },
    createCommandLineApp: {
      args: [part(broker), { roles: also([arn], "[]"), "clock?": part(clock) }],
      methods: "are those of Hono",
    },
    credentialProcessOutput: { args: [part(session)] },
  },
};
