import type { JsonSchema } from "@countersign/signer/schema";

export const TEXT: JsonSchema = {
  type: "string",
  minLength: 1,
  maxLength: 4096,
  errorMessage: "text that is not empty",
};

/** A file that the configuration names. */
export const fileField = (description: string): JsonSchema => ({ ...TEXT, description });

/** A secret is never in the file itself. */
export const secret = (description: string): JsonSchema => ({
  description,
  errorMessage: '{ "file": "PATH" } or { "env": "NAME" }: secrets are not written into this file',
  oneOf: [
    {
      type: "object",
      properties: { file: fileField("A file with the secret. White space at its end is ignored.") },
      required: ["file"],
      additionalProperties: false,
    },
    {
      type: "object",
      properties: {
        env: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", errorMessage: "the name of a variable" },
      },
      required: ["env"],
      additionalProperties: false,
    },
  ],
});

const HOST: JsonSchema = {
  type: "string",
  pattern: "^[A-Za-z0-9_.:-]{1,253}$",
  errorMessage: "a host name or address",
  description: "Default 127.0.0.1.",
};

const PORT: JsonSchema = {
  type: "integer",
  minimum: 0,
  maximum: 65_535,
  errorMessage: "a whole number of ports from 0 to 65535",
};

/** A Region of AWS. */
export const REGION: JsonSchema = {
  type: "string",
  pattern: "^[a-z0-9-]{1,63}$",
  errorMessage: 'a Region such as "eu-west-1"',
};

/** An address to serve on. */
export const LISTEN: JsonSchema = {
  type: "object",
  properties: {
    host: HOST,
    port: PORT,
    certificate: fileField("PEM. May be left out on addresses that do not leave the machine."),
    key: fileField("PEM."),
  },
  required: ["port"],
  additionalProperties: false,
};

const ADMIN: JsonSchema = {
  type: "object",
  description: "A listener for operators: health, readiness, metrics; with a token also the snapshot and revocation.",
  properties: {
    host: HOST,
    port: PORT,
    certificate: fileField("PEM."),
    key: fileField("PEM."),
    token: secret("The bearer token of /v1/snapshot and /v1/revoke. Default: no such routes."),
  },
  required: ["port"],
  additionalProperties: false,
};

/** The fields that the files of all daemons have. */
export const DAEMON_FIELDS: Readonly<Record<string, JsonSchema>> = {
  admin: ADMIN,
  log: {
    type: "object",
    properties: {
      level: { enum: ["error", "warn", "info"], description: "Default info." },
      file: fileField("Default: stderr. Opened again on SIGHUP."),
      auditFile: fileField("Default: stdout. Opened again on SIGHUP."),
    },
    additionalProperties: false,
  },
  drain: {
    type: "object",
    properties: {
      delaySeconds: {
        type: "integer",
        minimum: 0,
        maximum: 300,
        description: "After SIGTERM /readyz answers 503 and requests are still answered for this long. Default 0.",
      },
      graceSeconds: {
        type: "integer",
        minimum: 0,
        maximum: 300,
        description: "Then the requests under way have this long to end. Default 10.",
      },
    },
    additionalProperties: false,
  },
  watchSeconds: {
    type: "integer",
    minimum: 0,
    maximum: 3600,
    description:
      "How often this file and the files that it names are looked at for changes. 0: only on SIGHUP. Default 5.",
  },
};
