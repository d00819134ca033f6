import { ROLE_ARN_SCHEMA, VENDING_SCHEMA } from "@countersign/broker/server";
import type { JsonSchema } from "@countersign/signer/schema";
import { DAEMON_FIELDS, fileField as file, LISTEN, REGION, secret, TEXT } from "../daemon/daemon-schema.ts";

const count = (description: string): JsonSchema => ({
  type: "integer",
  minimum: 1,
  maximum: 1_000_000_000,
  description,
});

const VALKEY: JsonSchema = {
  type: "object",
  properties: {
    kind: { const: "valkey" },
    servers: {
      type: "array",
      minItems: 1,
      maxItems: 100,
      items: {
        type: "string",
        pattern: "^(?:rediss?|valkeys?)://[A-Za-z0-9_.-]{1,253}(?::[0-9]{1,5})?$",
        errorMessage: "an address such as rediss://valkey.internal:6379, without a password",
      },
      description: "rediss: and valkeys: are TLS. redis: and valkey: are not encrypted: only on this machine.",
    },
    mode: { enum: ["standalone", "cluster", "sentinel"], description: "Default standalone." },
    sentinelName: { ...TEXT, description: "The name of the primary, for the mode sentinel." },
    sentinelUsername: { ...TEXT, description: "The user at the sentinels. Default: their default user." },
    sentinelPassword: secret("The password of the user at the sentinels. The one at the primary is password."),
    username: TEXT,
    password: secret("The password of the user."),
    ca: file("PEM of the authorities to trust. Default: those of Node."),
    certificate: file("PEM of the client's certificate."),
    key: file("PEM of the client's key."),
    namespace: {
      type: "string",
      pattern: "^[A-Za-z0-9_.:-]{1,64}$",
      errorMessage: "1-64 letters, digits and _.:-",
    },
    keyring: {
      type: "array",
      minItems: 1,
      maxItems: 16,
      items: {
        type: "object",
        properties: {
          id: { type: "string", pattern: "^[!-~]{1,255}$", errorMessage: "1-255 ASCII characters without spaces" },
          key: secret("32 bytes in base64, as openssl rand -base64 32 prints them."),
        },
        required: ["id", "key"],
        additionalProperties: false,
      },
      description: "The first key seals, all open.",
    },
  },
  required: ["kind", "servers", "namespace", "keyring"],
  additionalProperties: false,
};

/** The file of `countersign serve`. It is published as `serve.schema.json`, for editors. */
export const SERVE_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:countersign:serve:1",
  title: "The configuration of countersign serve",
  type: "object",
  properties: {
    $schema: { type: "string", description: "For editors." },
    version: { const: 1, description: "The version of this format." },
    region: { ...REGION, description: "Default: AWS_REGION, or the profile's." },
    profile: {
      ...TEXT,
      description: "The profile with the broker's own credentials. Default: as the AWS SDKs find them.",
    },
    source: {
      ...TEXT,
      maxLength: 128,
      errorMessage: "text of 1 to 128 characters",
      description:
        "The name of the principal of the broker's own credentials, equal in all processes that share a store.",
    },
    failoverRegions: {
      type: "array",
      items: REGION,
      maxItems: 16,
      description: "STS Regions to use while region fails.",
    },
    endpoint: {
      type: "object",
      properties: {
        url: { type: "string", pattern: "^https?://[^\\s@]{1,2000}$", errorMessage: "an https: URL" },
        fips: { type: "boolean" },
        dualStack: { type: "boolean" },
        vpcEndpoint: TEXT,
      },
      additionalProperties: false,
      description: "Of STS. Default: the Region's public one, or what the profile names.",
    },
    windows: {
      oneOf: [
        { enum: ["adaptive", "sep"] },
        {
          type: "object",
          properties: {
            advisoryMs: { type: "number", exclusiveMinimum: 0, maximum: 129_600_000 },
            mandatoryMs: { type: "number", exclusiveMinimum: 0, maximum: 129_600_000 },
          },
          required: ["advisoryMs", "mandatoryMs"],
          additionalProperties: false,
        },
      ],
      errorMessage: '"adaptive", "sep" or { "advisoryMs", "mandatoryMs" }',
      description: "When sessions are renewed. Default adaptive.",
    },
    serveExpired: {
      oneOf: [
        { const: "never" },
        {
          type: "object",
          properties: { graceMs: { type: "integer", minimum: 0, maximum: 129_600_000 } },
          required: ["graceMs"],
          additionalProperties: false,
        },
      ],
      errorMessage: '"never" or { "graceMs" }',
    },
    sessionName: { ...TEXT, description: "Template with {account}, {role} and {tenant}. Default countersign." },
    limits: {
      type: "object",
      properties: {
        maxEntries: count("Cached sessions. Default 2,000."),
        maxInFlight: count("Requests to STS under way. Default 32."),
        maxQueue: count("Fetches that wait for their turn. Default 10,000."),
        stsPerSecond: { type: "number", exclusiveMinimum: 0, maximum: 1_000_000_000, description: "Default 200." },
        burst: count("Requests to STS at once before stsPerSecond counts. Default 400."),
        tenantShare: { type: "number", exclusiveMinimum: 0, maximum: 1, description: "Default 0.25." },
      },
      additionalProperties: false,
    },
    store: {
      description: "Shares sessions with other processes. Default: none.",
      errorMessage: "an object with a kind",
      oneOf: [
        VALKEY,
        {
          type: "object",
          properties: {
            kind: { const: "file" },
            directory: file("Default: the cache of the AWS CLI."),
            mode: { enum: ["read", "read-write"] },
          },
          required: ["kind"],
          additionalProperties: false,
        },
      ],
    },
    listen: { type: "array", items: LISTEN, maxItems: 32, description: "Addresses to vend on." },
    vending: { ...VENDING_SCHEMA, description: "The grants that are vended over HTTP." },
    commandLine: {
      type: "object",
      properties: {
        roles: {
          type: "array",
          minItems: 1,
          maxItems: 1000,
          items: { ...ROLE_ARN_SCHEMA, errorMessage: "the ARN of a role" },
        },
        socket: file("Default: COUNTERSIGN_SOCKET, or in the user's runtime folder."),
      },
      required: ["roles"],
      additionalProperties: false,
      description: "The roles for command lines of this user, over a Unix socket.",
    },
    ...DAEMON_FIELDS,
  },
  additionalProperties: false,
};
