import { isLoopbackHost } from "@countersign/signer/endpoints";
import { claimsOf, longestPolicy, MAX_POLICY } from "../grants/grant-policy.ts";
import { templateFault } from "../grants/resource-template.ts";
import { checkTags } from "../../spec/sts-limits.ts";
import { parseBlock } from "../limits/remote-address.ts";
import type { Grant, GrantStatement } from "./grant.ts";
import type { IdentityProvider, VendingConfig } from "./vending-config.ts";
import { checkShape, refuseConfig as refuse } from "./vending-shape.ts";

const ACTION = /^[a-z0-9-]+:(?=.*[A-Za-z0-9])[A-Za-z0-9*?]+$/;

/**
 * Checks a configuration before anything is served, and returns the copy to work with.
 *
 * @throws VendingError `INVALID_CONFIG` that names the field as a JSON pointer.
 */
export function checkConfig(unchecked: VendingConfig): VendingConfig {
  const config = checkShape(unchecked);
  const grants = Object.entries(config.grants);
  if (grants.length === 0) refuse("/grants", "must have at least one grant");
  if (config.hosts.length === 0) refuse("/hosts", "must name the hosts of callers, such as broker.example.com");
  for (const [index, origin] of (config.origins ?? []).entries()) checkOrigin(`/origins/${index}`, origin);
  for (const [index, block] of (config.trustedProxies ?? []).entries()) {
    if (parseBlock(block) === undefined) {
      refuse(`/trustedProxies/${index}`, "must be an IP address or a CIDR block such as 10.0.0.0/8");
    }
  }
  const issuers = checkProviders(config);
  for (const [name, grant] of grants) checkGrant(name, grant, config, issuers);
  return config;
}

/** The identity providers of a configuration. */
export function providersOf({ identityProvider, identityProviders = [] }: VendingConfig): readonly IdentityProvider[] {
  return identityProvider === undefined ? identityProviders : [identityProvider, ...identityProviders];
}

function checkProviders(config: VendingConfig): readonly string[] {
  const issuers: string[] = [];
  const { identityProvider, identityProviders = [] } = config;
  const check = (at: string, { issuer, jwksUrl, jwksFile }: IdentityProvider): void => {
    if (issuers.includes(issuer)) refuse(`${at}/issuer`, "must not be the issuer of another identity provider");
    issuers.push(issuer);
    if ((jwksUrl === undefined) === (jwksFile === undefined)) refuse(at, "must have jwksUrl or jwksFile, and not both");
    if (jwksUrl !== undefined && !isTrustworthy(jwksUrl)) {
      refuse(`${at}/jwksUrl`, "must be an https: URL, or an http: URL of this machine");
    }
  };
  if (identityProvider !== undefined) check("/identityProvider", identityProvider);
  for (const [index, provider] of identityProviders.entries()) check(`/identityProviders/${index}`, provider);
  return issuers;
}

function isTrustworthy(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return username + password === "" && (protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname)));
}

function checkOrigin(at: string, origin: string): void {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url?.origin === origin && !origin.includes("*") && (url.protocol === "https:" || isLoopbackHost(url.hostname)))
    return;
  refuse(
    at,
    "must be an origin such as https://app.example.com, without a path or wildcard; http: on this machine only",
  );
}

function checkGrant(name: string, grant: Grant, config: VendingConfig, issuers: readonly string[]): void {
  const at = `/grants/${name}`;
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) refuse(at, "must have a name of 1-64 characters a-z, 0-9 and -");
  const { allow = [] } = grant;
  checkAllow(`${at}/allow`, allow, grant.kind === "browser");
  const needed = (field: "origins" | "audience" | "identityRegions"): void => {
    if ((config[field] ?? "").length === 0) refuse(`/${field}`, `must be given for grant ${name}`);
  };
  const checkIssuer = (issuer: string | undefined): void => {
    if (issuers.length === 0) refuse("/identityProvider", `must be given for grant ${name}`);
    if (issuer === undefined && issuers.length > 1) {
      refuse(`${at}/issuer`, "must name one of the identity providers: subjects of two issuers can have the same name");
    }
    if (issuer !== undefined && !issuers.includes(issuer)) {
      refuse(`${at}/issuer`, `must be the issuer of an identity provider: ${issuers.join(", ")}`);
    }
  };
  switch (grant.kind) {
    case "browser":
      if (allow.length === 0) refuse(`${at}/allow`, "must state what a browser's session may do");
      checkIssuer(grant.issuer);
      checkTagKeys(`${at}/tags`, Object.keys(grant.tags ?? {}));
      return needed("origins");
    case "machine":
      needed("audience");
      needed("identityRegions");
      return checkFixed(at, allow);
    case "serviceAccount":
      checkIssuer(grant.issuer);
      return checkFixed(at, allow);
    default:
      if (grant.tokenSha256.includes(EMPTY_DIGEST)) {
        refuse(`${at}/tokenSha256`, "must not be the digest of an empty token");
      }
      return checkFixed(at, allow);
  }
}

/** Keys that STS refuses would be told to callers as a fault of their claims. */
function checkTagKeys(at: string, keys: readonly string[]): void {
  try {
    checkTags(Object.fromEntries(keys.map((key) => [key, ""])));
  } catch (cause) {
    refuse(at, (cause as Error).message);
  }
}

/** SHA-256 of nothing. */
const EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function checkAllow(at: string, allow: readonly GrantStatement[], forBrowser: boolean): void {
  for (const [index, statement] of allow.entries()) checkStatement(`${at}/${index}`, statement, forBrowser);
  if (allow.length === 0) return;
  const length = longestPolicy(allow);
  if (length > MAX_POLICY) {
    refuse(
      at,
      `must become a session policy of at most ${MAX_POLICY} characters, and may become ${length}; allow less, or use tags and the role's own policy`,
    );
  }
}

function checkStatement(at: string, { actions, resources }: GrantStatement, forBrowser: boolean): void {
  if (actions.length === 0) refuse(`${at}/actions`, "must name at least one");
  for (const action of actions) {
    const quoted = JSON.stringify(action.slice(0, 128));
    if (!ACTION.test(action)) {
      refuse(`${at}/actions`, `must be service:Action without a wildcard for all of a service; ${quoted} is not`);
    }
    if (/^(?:iam|sts):/.test(action)) {
      refuse(`${at}/actions`, `must not contain ${quoted}: it could widen the session`);
    }
  }
  if (resources.length === 0) refuse(`${at}/resources`, "must name at least one");
  for (const resource of resources) {
    const quoted = JSON.stringify(resource.slice(0, 256));
    const isArn = /^arn:[^:\s]+:[^:\s]+:[^\s]*$/.test(resource);
    if (!isArn && (forBrowser || resource !== "*")) refuse(`${at}/resources`, `must be ARNs; ${quoted} is not`);
    const fault = templateFault(resource);
    if (fault !== undefined) refuse(`${at}/resources`, `must have ${fault} in ${quoted}`);
  }
}

/** Only browsers bring claims. */
function checkFixed(at: string, allow: readonly GrantStatement[]): void {
  const [claim] = claimsOf(allow);
  if (claim !== undefined)
    refuse(`${at}/allow`, `must not contain {${claim}}: only grants of kind browser have claims`);
}
