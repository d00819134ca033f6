import type { JsonSchema } from "@countersign/signer/schema";
import { ACTION_PATTERN } from "../judge/allowance.ts";

const TEXT: JsonSchema = { type: "string", minLength: 1, maxLength: 4096, errorMessage: "text that is not empty" };

const text = (description: string): JsonSchema => ({ ...TEXT, description });

const HOST: JsonSchema = {
  type: "string",
  pattern: "^[A-Za-z0-9_.:-]{1,253}$",
  errorMessage: "a host name or address",
  description: "Default 127.0.0.1.",
};

const PORT: JsonSchema = { type: "integer", minimum: 0, maximum: 65_535, description: "0: any free port." };

const NAME: JsonSchema = {
  type: "string",
  pattern: "^[\\w.-]{1,64}$",
  errorMessage: "1 to 64 letters, digits, dots, hyphens and underscores",
};

const count = (description: string, maximum = 1_000_000): JsonSchema => ({
  type: "integer",
  minimum: 1,
  maximum,
  description,
});

const ALLOWANCE: JsonSchema = {
  type: "object",
  properties: {
    actions: {
      type: "array",
      minItems: 1,
      maxItems: 1000,
      items: {
        type: "string",
        pattern: ACTION_PATTERN,
        errorMessage: "an action of sagemaker, sts, s3 or ecr as IAM names it, such as sagemaker:InvokeEndpoint",
      },
      description: "As IAM names them, with * and ?.",
    },
    regions: { type: "array", maxItems: 1000, items: TEXT, description: "Default: any Region." },
    resources: {
      type: "array",
      maxItems: 1000,
      items: TEXT,
      description:
        "The part of the resource's ARN after the account, with * and ?, such as endpoint/churn-*. Default: any resource.",
    },
  },
  required: ["actions"],
  additionalProperties: false,
};

const CLIENT: JsonSchema = {
  type: "object",
  properties: {
    name: { ...NAME, description: "For audit, metrics and refusals." },
    keyFile: text("A file with the placeholder key, as countersign proxy --issue prints it."),
    certificateSha256: {
      type: "string",
      pattern: "^[0-9a-f]{64}$",
      errorMessage: "64 lower-case hexadecimal digits",
      description: "SHA-256 of the client's certificate in DER, for listeners with clientCaFile.",
    },
    roleArn: {
      type: "string",
      pattern: "^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}$",
      errorMessage: "the ARN of a role",
      description: "The role that its requests are signed with. Default: the proxy's own credentials.",
    },
    externalId: {
      type: "string",
      pattern: "^[A-Za-z0-9_+=,.@:/-]{2,1224}$",
      errorMessage: "2-1,224 letters, digits and _+=,.@:/-",
      description: "Of the role's trust policy.",
    },
    allow: { type: "array", items: ALLOWANCE, maxItems: 1000, description: "What it may do. All else is refused." },
    posture: { enum: ["baseline", "private", "locked"], description: "Judges its requests. Default: no guard." },
    replay: {
      enum: ["unique", "refuse"],
      description: "unique: signatures over an invocation id once; refuse: every signature once. Default unique.",
    },
    maxBodyBytes: {
      type: "integer",
      minimum: 0,
      maximum: 1_073_741_824,
      description: "The largest body or event that has to be read whole. Default 26,214,400.",
    },
    requestsPerSecond: count("Requests admitted per second. Default: no limit."),
    maxInFlight: count("Requests under way at once. Default 256."),
  },
  required: ["name", "allow"],
  additionalProperties: false,
};

const LISTEN: JsonSchema = {
  type: "object",
  properties: {
    host: HOST,
    port: PORT,
    certificateFile: text("PEM. May be left out on loopback addresses."),
    keyFile: text("PEM."),
    clientCaFile: text("Authorities of client certificates, PEM."),
    socket: text("An absolute path: a Unix socket that only this user can open, instead of host and port."),
    client: { ...NAME, description: "The client that every connection of the socket is." },
  },
  additionalProperties: false,
};

/**
 * The part of the file of `countersign proxy` that describes the proxy, as a JSON Schema. The command adds the fields of
 * every daemon: `admin`, `log`, `drain` and `watchSeconds`.
 */
export const PROXY_SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    version: { const: 1, description: "The version of this format." },
    region: {
      type: "string",
      pattern: "^[a-z0-9-]{1,63}$",
      errorMessage: 'a Region such as "eu-west-1"',
      description: "Of STS, for roleArn. Default: AWS_REGION, or the profile's.",
    },
    profile: text("The profile with the proxy's own credentials. Default: as the AWS SDKs find them."),
    listen: { type: "array", items: LISTEN, maxItems: 32, description: "Addresses and sockets for clients." },
    forward: {
      type: "object",
      properties: {
        host: HOST,
        port: PORT,
        caFile: text("The certificate of this listener's authority is written here at each start."),
      },
      required: ["port", "caFile"],
      additionalProperties: false,
      description: "A listener for clients that are given HTTPS_PROXY.",
    },
    clients: { type: "array", items: CLIENT, minItems: 1, maxItems: 10_000 },
    fips: { type: "boolean", description: "FIPS endpoints of AWS. Default: what the environment says." },
    dualStack: { type: "boolean", description: "Dual-stack endpoints of AWS. Default: what the environment says." },
    maxSkewMs: {
      type: "integer",
      minimum: 0,
      maximum: 900_000,
      description: "How far a client's clock may be off, in milliseconds. Default 300,000.",
    },
    maxBufferedBytes: count("Memory for bodies that are read whole. Default 268,435,456.", Number.MAX_SAFE_INTEGER),
  },
  required: ["version", "clients"],
  additionalProperties: false,
};
