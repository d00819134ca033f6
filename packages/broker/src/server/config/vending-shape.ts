import { anything, count, invalidConfig, listOf, only, type Shape, tableOf, text } from "./config-shape.ts";

/** Of all kinds of grants. */
const SESSION = {
  kind: text,
  roleArn: text,
  externalId: text,
  allow: listOf(only({ actions: listOf(text), resources: listOf(text) })),
  durationSeconds: count,
};

const GRANTS: Readonly<Record<string, Shape>> = {
  __proto__: null as never,
  browser: only({ ...SESSION, claims: tableOf(text), tags: tableOf(text), tenantClaim: text }),
  container: only({ ...SESSION, tokenSha256: listOf(text) }),
  machine: only({ ...SESSION, principals: listOf(text) }),
};

const grant: Shape = (at, value) => {
  const { kind } = Object(value) as { readonly kind?: unknown };
  const shape = typeof kind === "string" ? GRANTS[kind] : undefined;
  if (shape === undefined) throw invalidConfig(`${at}/kind`, "expected browser, container or machine");
  shape(at, value);
};

/** The fields of `VendingConfig`, which comes from a file that nothing has checked. */
export const vendingShape: Shape = only({
  grants: tableOf(grant),
  hosts: listOf(text),
  identityProvider: only({
    issuer: text,
    audience: text,
    jwksUrl: text,
    algorithms: listOf(text),
    tokenType: text,
    maxAgeSeconds: count,
  }),
  origins: listOf(text),
  audience: text,
  identityRegions: listOf(text),
  limits: only({ perSubject: count, perAddress: count, rejectedPerAddress: count, maxInFlight: count }),
  transport: anything,
  clock: anything,
  onEvent: anything,
  registry: anything,
});
