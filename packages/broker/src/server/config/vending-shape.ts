import { callable, checkOptions, clockShape, contract, oneOf, optional } from "@countersign/signer/options";
import type { RefuseField } from "@countersign/signer/schema";
import { VendingError } from "../vending-error.ts";
import { checkBySchema } from "./check-by-schema.ts";
import type { VendingConfig } from "./vending-config.ts";
import { VENDING_SCHEMA } from "./vending-schema.ts";

/** Refuses a field of a configuration. */
export const refuseConfig: RefuseField = (pointer, message) => {
  throw new VendingError("INVALID_CONFIG", `${pointer || "/"}: ${message}`);
};

/** The options that only programs can give. Everything else comes from a file, which can contain anything. */
const PARTS = {
  operatorRoutes: optional(oneOf("separate")),
  transport: optional(contract("a transport from createTransport()", "request", "requestHandler", "fetch")),
  clock: optional(clockShape),
  onEvent: optional(callable),
  registry: optional(contract("a registry of prom-client", "metrics", "registerMetric")),
};

/** Checks the shape of each field, and returns a copy. @throws VendingError `INVALID_CONFIG`. */
export function checkShape(given: VendingConfig): VendingConfig {
  if (typeof given !== "object" || given === null || Array.isArray(given)) refuseConfig("", "must be an object");
  const parts: Record<string, unknown> = {};
  const data: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(given)) {
    (Object.hasOwn(PARTS, name) ? parts : data)[name] = value;
  }
  const checked = checkOptions<Pick<VendingConfig, keyof typeof PARTS>>(
    parts,
    PARTS,
    (message, field) => refuseConfig(field, message.slice(`${field}: `.length)),
    "/",
  );
  return Object.assign(checkBySchema(VENDING_SCHEMA, data, refuseConfig) as VendingConfig, checked);
}
