import { type CredentialProvider, createClock } from "@countersign/signer";
import {
  callable,
  clockShape,
  contract,
  nested,
  optional,
  shape,
  type Shapes,
  text,
} from "@countersign/signer/options";
import type { ConfigFiles } from "./shared-config/shared-files.ts";
import type { Find, SourceOptions } from "./source-context.ts";

/** The shapes of the options that every source takes. */
export const sourceShapes: Shapes<SourceOptions> = {
  transport: contract("a transport from createTransport()", "request", "requestHandler"),
  region: optional(
    shape("a Region such as eu-west-1", (value) => typeof value === "string" && /^[a-z][a-z\d-]{1,62}$/u.test(value)),
  ),
  env: optional(shape("an object such as process.env", (value) => typeof value === "object" && value !== null)),
  files: optional(nested<ConfigFiles>({ config: optional(text), credentials: optional(text) })),
  clock: optional(clockShape),
  mfaCode: optional(callable),
};

/** A provider that asks a source, with the defaults of its options. */
export function providerOf(
  find: Find,
  { env = process.env, clock = createClock(), ...options }: SourceOptions,
): CredentialProvider {
  return ({ signal, forceRefresh = false } = {}) => find({ ...options, env, clock, signal, forceRefresh });
}
