import type { Grant, GrantStatement } from "./grant.ts";
import { MAX_POLICY, claimsOf, longestPolicy } from "../grants/grant-policy.ts";
import { invalidConfig as invalid } from "./config-shape.ts";
import type { VendingConfig } from "./vending-config.ts";
import { vendingShape } from "./vending-shape.ts";

const ROLE_ARN = /^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const PRINCIPAL_ARN = /^arn:[a-z0-9-]+:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]{1,512}$/;
const ACTION = /^[a-z0-9-]+:(?=.*[A-Za-z0-9])[A-Za-z0-9*?]+$/;

/**
 * Checks a configuration before anything is served.
 *
 * @throws VendingError `INVALID_CONFIG` that names the field as a JSON pointer.
 */
export function checkConfig(config: VendingConfig): void {
  vendingShape("", config);
  const grants = Object.entries(config.grants ?? {});
  if (grants.length === 0) throw invalid("/grants", "at least one grant is needed");
  for (const [name, grant] of grants) checkGrant(name, grant, config);
  if (!Array.isArray(config.hosts) || config.hosts.length === 0) {
    throw invalid("/hosts", "name the hosts that callers use, such as broker.example.com");
  }
  for (const [index, host] of config.hosts.entries()) {
    if (!/^[a-z0-9.[\]:-]+$/.test(host))
      throw invalid(`/hosts/${index}`, "expected a host in lower case, with its port if it has one");
  }
  for (const [index, origin] of (config.origins ?? []).entries()) {
    if (!isOrigin(origin))
      throw invalid(
        `/origins/${index}`,
        "expected an origin such as https://app.example.com, without a path or wildcard",
      );
  }
  const { identityProvider } = config;
  if (identityProvider === undefined) return;
  for (const field of ["issuer", "audience", "jwksUrl"] as const) {
    if (typeof identityProvider[field] !== "string" || identityProvider[field] === "") {
      throw invalid(`/identityProvider/${field}`, "expected text");
    }
  }
  if (!isTrustworthy(identityProvider.jwksUrl)) {
    throw invalid("/identityProvider/jwksUrl", "keys are read over https: only, or from this very machine");
  }
  if (identityProvider.algorithms?.length === 0) throw invalid("/identityProvider/algorithms", "name at least one");
  for (const [index, algorithm] of (identityProvider.algorithms ?? []).entries()) {
    if (!/^(RS256|PS256|ES256|ES384|EdDSA)$/.test(algorithm)) {
      throw invalid(`/identityProvider/algorithms/${index}`, "expected RS256, PS256, ES256, ES384 or EdDSA");
    }
  }
}

function checkGrant(name: string, grant: Grant, config: VendingConfig): void {
  const at = `/grants/${name}`;
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw invalid(at, "a name has up to 64 of a-z, 0-9 and -");
  if (!ROLE_ARN.test(grant.roleArn ?? "")) throw invalid(`${at}/roleArn`, "expected the ARN of an IAM role");
  if (grant.externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(grant.externalId)) {
    throw invalid(`${at}/externalId`, "expected 2-1,224 letters, digits and _+=,.@:/-");
  }
  const { durationSeconds: seconds } = grant;
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 900 && seconds <= 3_600)) {
    throw invalid(
      `${at}/durationSeconds`,
      "expected 900 to 3,600 seconds: STS gives none shorter, role chaining none longer",
    );
  }
  checkAllow(`${at}/allow`, grant.allow ?? [], grant.kind === "browser");
  switch (grant.kind) {
    case "browser":
      if ((grant.allow ?? []).length === 0)
        throw invalid(`${at}/allow`, "a browser gets a session that says what it may do");
      if (config.identityProvider === undefined) throw invalid("/identityProvider", `needed by grant ${name}`);
      if ((config.origins ?? []).length === 0) throw invalid("/origins", `needed by grant ${name}`);
      return;
    case "container":
      if (!Array.isArray(grant.tokenSha256) || grant.tokenSha256.length === 0 || grant.tokenSha256.length > 4) {
        throw invalid(`${at}/tokenSha256`, "expected one to four digests");
      }
      if (!grant.tokenSha256.every((hex) => /^[0-9a-f]{64}$/.test(hex))) {
        throw invalid(`${at}/tokenSha256`, "expected SHA-256 digests as 64 hexadecimal digits");
      }
      return checkFixed(at, grant.allow ?? []);
    case "machine":
      if (!Array.isArray(grant.principals) || grant.principals.length === 0)
        throw invalid(`${at}/principals`, "name at least one");
      for (const [index, arn] of grant.principals.entries()) {
        if (!PRINCIPAL_ARN.test(arn))
          throw invalid(`${at}/principals/${index}`, "expected the ARN of an IAM role or user");
      }
      if ((config.audience ?? "") === "") throw invalid("/audience", `needed by grant ${name}`);
      if ((config.identityRegions ?? []).length === 0) throw invalid("/identityRegions", `needed by grant ${name}`);
      return checkFixed(at, grant.allow ?? []);
    default:
      throw invalid(`${at}/kind`, "expected browser, container or machine");
  }
}

function checkAllow(at: string, allow: readonly GrantStatement[], forBrowser: boolean): void {
  for (const [index, { actions, resources }] of allow.entries()) {
    if (!Array.isArray(actions) || actions.length === 0) throw invalid(`${at}/${index}/actions`, "name at least one");
    for (const action of actions) {
      if (!ACTION.test(action))
        throw invalid(
          `${at}/${index}/actions`,
          `${JSON.stringify(action)}: expected service:Action, not all of a service`,
        );
      if (/^(?:iam|sts):/.test(action))
        throw invalid(
          `${at}/${index}/actions`,
          `${JSON.stringify(action)}: a session that widens sessions is not vended`,
        );
    }
    if (!Array.isArray(resources) || resources.length === 0)
      throw invalid(`${at}/${index}/resources`, "name at least one");
    for (const resource of resources) {
      const isArn = /^arn:[^:\s]+:[^:\s]+:[^\s]*$/.test(resource);
      if (!isArn && (forBrowser || resource !== "*")) {
        throw invalid(`${at}/${index}/resources`, `${JSON.stringify(resource)}: expected an ARN`);
      }
    }
  }
  if (allow.length === 0) return;
  const length = longestPolicy(allow);
  if (length > MAX_POLICY) {
    throw invalid(
      at,
      `becomes a session policy of up to ${length} characters; STS takes ${MAX_POLICY}. Allow less, or use tags and the role's own policy`,
    );
  }
}

/** Only browsers bring claims. */
function checkFixed(at: string, allow: readonly GrantStatement[]): void {
  const [claim] = claimsOf(allow);
  if (claim !== undefined) throw invalid(`${at}/allow`, `{${claim}}: only tokens of browsers have claims`);
}

function isOrigin(origin: string): boolean {
  if (origin === "null" || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.origin === origin && (url.protocol === "https:" || isLoopback(url.hostname));
}

function isTrustworthy(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
