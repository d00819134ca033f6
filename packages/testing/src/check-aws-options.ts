import {
  callable,
  checkOptions,
  clockShape,
  flag,
  listOf,
  nested,
  oneOf,
  optional,
  type Shape,
  type Shapes,
  shape,
  text,
  wholeNumber,
} from "@countersign/signer/options";
import type { AwsOptions } from "./aws.ts";
import { subnetShape } from "./ec2/service.ts";
import { refuseOption } from "./error.ts";
import { checkRole, type RoleSpec } from "./iam/role.ts";
import { checkUser, type UserSpec } from "./iam/user.ts";
import { rolesAnywhereShape } from "./roles-anywhere/options.ts";
import { behaviourShape } from "./runtime/endpoint.ts";
import { serverNames } from "./service.ts";
import { accountShape, eitherOf, filled, isObject, mapOf, policyShape, portShape } from "./shapes.ts";
import type { SamlProvider } from "./sts/saml-provider.ts";
import type { WebIdentityProvider } from "./sts/web-identity-provider.ts";
import { tlsModes } from "./tls/tls-mode.ts";

const delay = wholeNumber(0, 31_536_000_000, "milliseconds");
const policies = listOf(policyShape);
/** Policies for all accounts, or by account id. */
const accountPolicies = eitherOf(
  [isObject, mapOf(policies, { pattern: /^\d{12}$/, what: "account ids of 12 digits" })],
  [() => true, policies],
);
const tlsMode = oneOf(...tlsModes);
const isText = (value: unknown): boolean => typeof value === "string";

/** A Region, which stands in host names and credential scopes. */
const regionShape = shape(
  "a Region such as eu-west-1",
  (value) => typeof value === "string" && /^[a-z][a-z\d-]{1,62}$/.test(value),
);

/** Options by service: each service may be left out. */
function byService(inner: Shape, ...more: readonly string[]): Shape {
  return nested(Object.fromEntries([...serverNames, ...more].map((name) => [name, optional(inner)])));
}

/** The shapes of `startAws`'s options. */
export const awsShapes: Shapes<AwsOptions> = {
  regions: optional(filled(listOf(regionShape))),
  accounts: optional(filled(listOf(accountShape))),
  users: optional(filled(listOf((spec, field) => checkUser(spec as UserSpec, field)))),
  roles: optional(listOf(eitherOf([isText, text], [() => true, (spec, field) => checkRole(spec as RoleSpec, field)]))),
  managedPolicies: optional(
    mapOf(policyShape, { pattern: /^arn:[\w-]+:iam::(?:aws|\d{12}):policy\//, what: "ARNs of policies" }),
  ),
  organizationId: optional(
    shape("an id such as o-a1b2c3d4e5", (value) => typeof value === "string" && /^o-[a-z0-9]{10,32}$/.test(value)),
  ),
  serviceControlPolicies: optional(accountPolicies),
  resourceControlPolicies: optional(accountPolicies),
  endpointPolicies: optional(
    mapOf(policyShape, { pattern: /^vpce-[0-9a-z]+$/, what: "ids of VPC endpoints, such as vpce-0abc," }),
  ),
  permissionsBoundaries: optional(mapOf(policyShape)),
  webIdentityProviders: optional(
    listOf(
      nested<WebIdentityProvider>({
        issuer: text,
        audiences: optional(listOf(text)),
        verification: shape(
          "a JSON Web Key Set or a function",
          (value) => typeof value === "function" || (isObject(value) && Array.isArray(value["keys"])),
        ),
      }),
    ),
  ),
  samlProviders: optional(listOf(nested<SamlProvider>({ arn: text, verify: callable }))),
  rolesAnywhere: optional(rolesAnywhereShape),
  endpoints: optional(mapOf(behaviourShape)),
  images: optional(listOf(shape("an image", isObject))),
  subnets: optional(listOf(subnetShape)),
  clock: optional(clockShape),
  tls: optional(eitherOf([isObject, byService(tlsMode)], [() => true, tlsMode])),
  ports: optional(byService(portShape, "all")),
  http2: optional(flag),
  replay: optional(oneOf("accept", "refuse")),
  seed: optional(text),
  progress: optional(
    eitherOf([isObject, nested<{ readonly afterMs: number }>({ afterMs: delay })], [() => true, oneOf("manual")]),
  ),
  resources: optional(
    eitherOf(
      [Array.isArray, listOf(shape("a resource", isObject))],
      [
        () => true,
        shape("a list of resources, or the path of a JSON file", (value) => isText(value) || value instanceof URL),
      ],
    ),
  ),
  limits: optional(mapOf(wholeNumber(0, 1_000_000, "resources"))),
  cors: optional(eitherOf([Array.isArray, listOf(text)], [() => true, oneOf("any")])),
};

/** @throws {TestingError} `INVALID_OPTION` that names the option, the rule, and the nearest known name. */
export function checkAwsOptions(options: AwsOptions | undefined): AwsOptions {
  return checkOptions(options, awsShapes, refuseOption);
}
