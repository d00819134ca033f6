import type { JsonSchema } from "@countersign/signer/schema";

const MAX_COUNT = 1_000_000_000;
const MAX_ENTRIES = 1000;

/** Text that is not empty. */
const TEXT: JsonSchema = {
  type: "string",
  minLength: 1,
  maxLength: 4096,
  errorMessage: "text that is not empty",
};

const count = (description: string): JsonSchema => ({
  type: "integer",
  minimum: 1,
  maximum: MAX_COUNT,
  description,
});

const list = (items: JsonSchema, description: string, minItems?: number): JsonSchema => ({
  type: "array",
  items,
  description,
  maxItems: MAX_ENTRIES,
  ...(minItems !== undefined && { minItems }),
});

const table = (values: JsonSchema, description: string, maxProperties = MAX_ENTRIES): JsonSchema => ({
  type: "object",
  additionalProperties: values,
  maxProperties,
  description,
});

/** The ARN of a role. */
export const ROLE_ARN: JsonSchema = {
  type: "string",
  pattern: "^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}$",
  errorMessage: "the ARN of an IAM role",
};

const PRINCIPAL: JsonSchema = {
  type: "string",
  pattern: "^arn:[a-z0-9-]+:iam::[0-9]{12}:(?:role|user)/[A-Za-z0-9_+=,.@/-]{1,512}$",
  errorMessage: "the ARN of an IAM role or user",
};

const SESSION: Readonly<Record<string, JsonSchema>> = {
  roleArn: { ...ROLE_ARN, description: "The role to assume." },
  externalId: {
    type: "string",
    pattern: "^[A-Za-z0-9_+=,.@:/-]{2,1224}$",
    errorMessage: "2-1,224 letters, digits and _+=,.@:/-",
  },
  allow: list(
    {
      type: "object",
      properties: {
        actions: list(TEXT, "IAM actions such as sagemaker:InvokeEndpoint."),
        resources: list(TEXT, "ARNs. {claim} stands for a claim of the caller's token."),
      },
      required: ["actions", "resources"],
      additionalProperties: false,
    },
    "What the session may do, within the permissions of the role.",
  ),
  durationSeconds: {
    type: "integer",
    minimum: 900,
    maximum: 3600,
    errorMessage:
      "a whole number of seconds from 900 to 3600: STS grants no shorter session, role chaining no longer one",
  },
};

const CONDITION: JsonSchema = {
  oneOf: [
    { ...TEXT, description: "The claim has this value." },
    { type: "boolean" },
    { type: "integer" },
    {
      type: "object",
      properties: { contains: TEXT },
      required: ["contains"],
      additionalProperties: false,
      description: "The claim is a list with this entry, or a scope with this word.",
    },
    {
      type: "object",
      properties: { oneOf: { type: "array", items: TEXT, minItems: 1, maxItems: 100 } },
      required: ["oneOf"],
      additionalProperties: false,
      description: "The claim has one of these values.",
    },
  ],
  errorMessage: 'text, true, false, a whole number, { "contains": "text" } or { "oneOf": ["text"] }',
};

const grant = (kind: string, properties: Readonly<Record<string, JsonSchema>>, required: string[]): JsonSchema => ({
  type: "object",
  properties: { kind: { const: kind }, ...SESSION, ...properties },
  required: ["kind", "roleArn", ...required],
  additionalProperties: false,
});

const ISSUER: JsonSchema = {
  ...TEXT,
  description: "The issuer of accepted tokens. Needed with several identity providers.",
};

const GRANT: JsonSchema = {
  errorMessage: "an object with a kind",
  oneOf: [
    grant(
      "browser",
      {
        issuer: ISSUER,
        claims: table(CONDITION, "Conditions for claims of the token, by name."),
        tags: table(TEXT, "Session tags from claims: tag key to claim name.", 50),
        tenantClaim: { ...TEXT, description: "The claim with the tenant whose share of the limits the session uses." },
      },
      ["allow"],
    ),
    grant(
      "container",
      {
        tokenSha256: {
          type: "array",
          minItems: 1,
          maxItems: 4,
          items: {
            type: "string",
            pattern: "^[0-9a-f]{64}$",
            errorMessage: "a SHA-256 digest of 64 hexadecimal digits in lower case",
          },
          description: "SHA-256 of each accepted token, in hex.",
          errorMessage: "a list of 1-4 SHA-256 digests",
        },
      },
      ["tokenSha256"],
    ),
    grant("machine", { principals: list(PRINCIPAL, "IAM users and roles that get the session.", 1) }, ["principals"]),
    grant(
      "serviceAccount",
      {
        issuer: { ...ISSUER, description: "The issuer of the cluster's tokens." },
        serviceAccounts: list(
          {
            type: "string",
            pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$",
            errorMessage: 'a namespace and a service account such as "inference/web"',
          },
          "Kubernetes service accounts that get the session, as namespace/name.",
          1,
        ),
      },
      ["issuer", "serviceAccounts"],
    ),
  ],
};

const IDENTITY_PROVIDER: JsonSchema = {
  type: "object",
  properties: {
    issuer: { ...TEXT, description: "The value of iss." },
    audience: { ...TEXT, description: "The value of aud, or an entry of it." },
    jwksUrl: {
      type: "string",
      pattern: "^https?://[^\\s@]{1,2000}$",
      errorMessage: "an https: URL, or an http: URL of this machine",
      description: "The address of the provider's keys.",
    },
    jwksFile: {
      ...TEXT,
      description: "A file with the provider's keys, instead of jwksUrl. It is read again when it changes.",
    },
    algorithms: {
      type: "array",
      minItems: 1,
      maxItems: 5,
      items: { enum: ["RS256", "PS256", "ES256", "ES384", "EdDSA"] },
    },
    tokenType: TEXT,
    maxAgeSeconds: count("The maximum age of a token, in seconds since its iat. Default 3,600."),
  },
  required: ["issuer", "audience"],
  additionalProperties: false,
};

/** The part of `VendingConfig` that is plain data, as a JSON Schema. */
export const VENDING_SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    grants: {
      ...table(GRANT, "Grants by name. Callers choose a name and nothing else."),
      errorMessage: "an object of at most 1000 grants",
    },
    hosts: list(
      {
        type: "string",
        pattern: "^[a-z0-9.\\[\\]:-]{1,260}$",
        errorMessage: "a host in lower case, with its port if it has one",
      },
      "The accepted values of Host.",
    ),
    identityProvider: IDENTITY_PROVIDER,
    identityProviders: list(IDENTITY_PROVIDER, "Several issuers. Each grant then names its issuer."),
    origins: list(
      {
        type: "string",
        pattern: "^https?://[^\\s/]{1,260}$",
        errorMessage:
          "an origin such as https://app.example.com, without a path or wildcard; http: on this machine only",
      },
      "The allowed web origins, exactly as browsers send them.",
    ),
    audience: { ...TEXT, description: "What machines sign into x-countersign-audience." },
    identityRegions: list(TEXT, "Regions whose STS may verify machines."),
    trustedProxies: list(
      { ...TEXT, errorMessage: "an IP address or a CIDR block such as 10.0.0.0/8" },
      "IP addresses and CIDR blocks of proxies in front of this server.",
    ),
    limits: {
      type: "object",
      properties: {
        perSubject: count("Requests of one subject in a minute. Default 600."),
        perAddress: count("Failed requests of one address in a minute. Default 120."),
        rejectedPerAddress: count("Rejected proofs of one address in a minute. Default 20."),
        maxInFlight: count("Requests under way, of all callers. Default 4,096."),
      },
      additionalProperties: false,
    },
  },
  required: ["grants", "hosts"],
  additionalProperties: false,
};
