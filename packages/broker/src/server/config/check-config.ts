import { checkOptions } from "@countersign/signer/options";
import { claimsOf, longestPolicy, MAX_POLICY, touchingClaims } from "../grants/grant-policy.ts";
import { invalidConfig as invalid, refuseConfig } from "./config-shape.ts";
import type { Grant, GrantStatement } from "./grant.ts";
import type { VendingConfig } from "./vending-config.ts";
import { vendingShapes } from "./vending-shape.ts";

const ACTION = /^[a-z0-9-]+:(?=.*[A-Za-z0-9])[A-Za-z0-9*?]+$/;

/**
 * Checks a configuration before anything is served, and returns the copy to work with.
 *
 * @throws VendingError `INVALID_CONFIG` that names the field as a JSON pointer.
 */
export function checkConfig(unchecked: VendingConfig): VendingConfig {
  const config = checkOptions(unchecked, vendingShapes, refuseConfig, "/");
  const grants = Object.entries(config.grants);
  if (grants.length === 0) throw invalid("/grants", "must have at least one grant");
  if (config.hosts.length === 0) throw invalid("/hosts", "must name the hosts of callers, such as broker.example.com");
  for (const [name, grant] of grants) checkGrant(name, grant, config);
  if (config.identityProvider?.algorithms?.length === 0) {
    throw invalid("/identityProvider/algorithms", "must name at least one");
  }
  return config;
}

function checkGrant(name: string, grant: Grant, config: VendingConfig): void {
  const at = `/grants/${name}`;
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw invalid(at, "must have a name of 1-64 characters a-z, 0-9 and -");
  const { allow = [] } = grant;
  checkAllow(`${at}/allow`, allow, grant.kind === "browser");
  const needed = (field: "origins" | "audience" | "identityRegions"): void => {
    if ((config[field] ?? "").length === 0) throw invalid(`/${field}`, `must be given for grant ${name}`);
  };
  switch (grant.kind) {
    case "browser":
      if (allow.length === 0) throw invalid(`${at}/allow`, "must state what a browser's session may do");
      if (config.identityProvider === undefined) {
        throw invalid("/identityProvider", `must be given for grant ${name}`);
      }
      return needed("origins");
    case "machine":
      if (grant.principals.length === 0) throw invalid(`${at}/principals`, "must name at least one");
      needed("audience");
      needed("identityRegions");
      return checkFixed(at, allow);
    default:
      return checkFixed(at, allow);
  }
}

function checkAllow(at: string, allow: readonly GrantStatement[], forBrowser: boolean): void {
  for (const [index, statement] of allow.entries()) checkStatement(`${at}/${index}`, statement, forBrowser);
  if (allow.length === 0) return;
  const length = longestPolicy(allow);
  if (length > MAX_POLICY) {
    throw invalid(
      at,
      `must become a session policy of at most ${MAX_POLICY} characters, and may become ${length}; allow less, or use tags and the role's own policy`,
    );
  }
}

function checkStatement(at: string, { actions, resources }: GrantStatement, forBrowser: boolean): void {
  if (actions.length === 0) throw invalid(`${at}/actions`, "must name at least one");
  for (const action of actions) {
    const quoted = JSON.stringify(action.slice(0, 128));
    if (!ACTION.test(action)) {
      throw invalid(
        `${at}/actions`,
        `must be service:Action without a wildcard for all of a service; ${quoted} is not`,
      );
    }
    if (/^(?:iam|sts):/.test(action)) {
      throw invalid(`${at}/actions`, `must not contain ${quoted}: it could widen the session`);
    }
  }
  if (resources.length === 0) throw invalid(`${at}/resources`, "must name at least one");
  for (const resource of resources) {
    const quoted = JSON.stringify(resource.slice(0, 256));
    const isArn = /^arn:[^:\s]+:[^:\s]+:[^\s]*$/.test(resource);
    if (!isArn && (forBrowser || resource !== "*")) throw invalid(`${at}/resources`, `must be ARNs; ${quoted} is not`);
    const touching = touchingClaims(resource);
    if (touching !== undefined) {
      throw invalid(`${at}/resources`, `must have : or / between {${touching[0]}} and {${touching[1]}} in ${quoted}`);
    }
  }
}

/** Only browsers bring claims. */
function checkFixed(at: string, allow: readonly GrantStatement[]): void {
  const [claim] = claimsOf(allow);
  if (claim !== undefined)
    throw invalid(`${at}/allow`, `must not contain {${claim}}: only tokens of browsers have claims`);
}
