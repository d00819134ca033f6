import { type CredentialProvider, type CredentialRequest, createClock } from "@countersign/signer";
import {
  callable,
  clockShape,
  contract,
  nested,
  optional,
  shape,
  type Shapes,
  text,
  isRecord,
  own,
  signalShape,
  milliseconds,
  flag,
  checkOptions,
} from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";
import type { ConfigFiles } from "./shared-config/shared-files.ts";
import type { Find, SourceOptions } from "./source-context.ts";

/** The shapes of the options that every source takes. */
export const sourceShapes: Shapes<SourceOptions> = {
  transport: contract("a transport from createTransport()", "request", "requestHandler"),
  region: optional(
    shape("a Region such as eu-west-1", (value) => typeof value === "string" && /^[a-z][a-z\d-]{1,62}$/u.test(value)),
  ),
  env: optional(shape("an object such as process.env", isRecord)),
  files: optional(nested<ConfigFiles>({ config: optional(text), credentials: optional(text) })),
  clock: optional(clockShape),
  mfaCode: optional(callable),
};

/** A provider that asks a source, with the defaults of its options. */
export function providerOf(
  find: Find,
  { env = process.env, clock = createClock(), ...options }: SourceOptions,
): CredentialProvider {
  return async (request) => {
    const { signal, forceRefresh = false } = checkRequest(request);
    return find(Object.assign(Object.create(null) as object, options, { env, clock, signal, forceRefresh }));
  };
}

const requestShapes: Shapes<CredentialRequest> = {
  signal: optional(signalShape),
  minTtlMs: optional(milliseconds),
  forceRefresh: optional(flag),
};

/** Unknown names are ignored: AWS SDK v3 passes its own. */
export function checkRequest(given: CredentialRequest | undefined): CredentialRequest {
  if (given === undefined) return {};
  if (!isRecord(given)) return refuseOption("request: must be an object", "request");
  const request = given as CredentialRequest;
  const [signal, minTtlMs] = [own(request, "signal"), own(request, "minTtlMs")];
  const forceRefresh = own(request, "forceRefresh");
  return checkOptions({ signal, minTtlMs, forceRefresh } as CredentialRequest, requestShapes, refuseOption, "request.");
}
