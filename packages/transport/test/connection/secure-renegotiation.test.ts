import { constants } from "node:crypto";
import { createSecureContext } from "node:tls";
import { expect, it } from "vitest";
import { refusesLegacyServers } from "../../src/connection/secure-renegotiation.ts";
import { clientContextOptions } from "../../src/policy/tls-options.ts";
import { resolvePolicy } from "../../src/policy/tls-policies.ts";

const context = (secureOptions = 0) => {
  const options = clientContextOptions(resolvePolicy());
  return createSecureContext({ ...options, secureOptions: (options.secureOptions ?? 0) | secureOptions });
};

it.each([
  ["the default policy", 0, true],
  ["the option that UnsafeLegacyServerConnect sets", constants.SSL_OP_LEGACY_SERVER_CONNECT, false],
  ["the option that UnsafeLegacyRenegotiation sets", constants.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION, false],
])("a context with %s refuses servers without secure renegotiation: %s", async (_name, options, expected) => {
  expect(await refusesLegacyServers(context(options))).toBe(expected);
});

it("tries a context once", () => {
  const one = context();
  expect(refusesLegacyServers(one)).toBe(refusesLegacyServers(one));
});
