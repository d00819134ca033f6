import {
  callable,
  clockShape,
  contract,
  optional,
  type Shape,
  shape,
  type Shapes,
  text,
} from "@countersign/signer/options";
import { isLoopbackHost } from "@countersign/signer/endpoints";
import { parseBlock } from "../limits/remote-address.ts";
import { count, listOf, matching, only, tableOf } from "./config-shape.ts";
import type { BrowserGrant, ContainerGrant, Grant, GrantStatement, MachineGrant } from "./grant.ts";
import type { IdentityProvider, VendingConfig, VendingLimits } from "./vending-config.ts";

const externalId = matching(/^[\w+=,.@:/-]{2,1224}$/, "2-1,224 letters, digits and _+=,.@:/-");
const roleArn = matching(/^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, "the ARN of an IAM role");
const principal = matching(
  /^arn:[a-z0-9-]+:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]{1,512}$/,
  "the ARN of an IAM role or user",
);
const seconds = shape(
  "a whole number of seconds from 900 to 3600: STS grants no shorter session, role chaining no longer one",
  (value) => Number.isInteger(value) && (value as number) >= 900 && (value as number) <= 3600,
);

const session = {
  roleArn,
  externalId: optional(externalId),
  allow: optional(listOf(only<GrantStatement>({ actions: listOf(text), resources: listOf(text) }))),
  durationSeconds: optional(seconds),
};

const digests: Shape = (value, field, refuse) => {
  const isDigest = (hex: unknown): boolean => typeof hex === "string" && /^[0-9a-f]{64}$/.test(hex);
  if (!Array.isArray(value) || value.length === 0 || value.length > 4 || !value.every(isDigest)) {
    return refuse(`${field}: must be 1-4 SHA-256 digests of 64 hexadecimal digits in lower case`, field);
  }
  if (value.includes(EMPTY_DIGEST)) return refuse(`${field}: must not be the digest of an empty token`, field);
  return [...value];
};

/** SHA-256 of nothing. */
const EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const GRANTS: Readonly<Record<string, Shape>> = {
  __proto__: null as never,
  browser: only<BrowserGrant>({
    kind: text,
    ...session,
    claims: optional(tableOf(text)),
    tags: optional(tableOf(text, 50)),
    tenantClaim: optional(text),
  }),
  container: only<ContainerGrant>({ kind: text, ...session, tokenSha256: digests }),
  machine: only<MachineGrant>({ kind: text, ...session, principals: listOf(principal) }),
};

const grant: Shape = (value, field, refuse) => {
  const { kind } = Object(value) as Partial<Grant>;
  const kindShape = typeof kind === "string" ? GRANTS[kind] : undefined;
  if (kindShape === undefined) {
    return refuse(`${field}/kind: must be "browser", "container" or "machine"`, `${field}/kind`);
  }
  return kindShape(value, field, refuse);
};

const trustworthy = shape("an https: URL, or an http: URL of this machine", (value) => {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username + password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
});

const origin = shape(
  "an origin such as https://app.example.com, without a path or wildcard; http: on this machine only",
  (value) => {
    if (typeof value !== "string" || value === "null" || !URL.canParse(value)) return false;
    const url = new URL(value);
    return url.origin === value && (url.protocol === "https:" || isLoopbackHost(url.hostname));
  },
);

const block = shape(
  "an IP address or a CIDR block such as 10.0.0.0/8",
  (value) => typeof value === "string" && parseBlock(value) !== undefined,
);

/** The fields of `VendingConfig`. They come from a file, which can contain anything. */
export const vendingShapes: Shapes<VendingConfig> = {
  grants: tableOf(grant),
  hosts: listOf(matching(/^[a-z0-9.[\]:-]{1,260}$/, "a host in lower case, with its port if it has one")),
  identityProvider: optional(
    only<IdentityProvider>({
      issuer: text,
      audience: text,
      jwksUrl: trustworthy,
      algorithms: optional(
        listOf(matching(/^(?:RS256|PS256|ES256|ES384|EdDSA)$/, "RS256, PS256, ES256, ES384 or EdDSA")),
      ),
      tokenType: optional(text),
      maxAgeSeconds: optional(count),
    }),
  ),
  origins: optional(listOf(origin)),
  audience: optional(text),
  identityRegions: optional(listOf(text)),
  trustedProxies: optional(listOf(block)),
  limits: optional(
    only<VendingLimits>({
      perSubject: optional(count),
      perAddress: optional(count),
      rejectedPerAddress: optional(count),
      maxInFlight: optional(count),
    }),
  ),
  transport: optional(contract("a transport from createTransport()", "request", "requestHandler", "fetch")),
  clock: optional(clockShape),
  onEvent: optional(callable),
  registry: optional(contract("a registry of prom-client", "metrics", "registerMetric")),
};
