import { BrokerError } from "../errors/error.ts";
import { nameOf, readable, withoutSecrets } from "../errors/foreign-error.ts";

/** The source is not set up here; a chain goes on to the next one. */
export function absent(what: string): BrokerError {
  return new BrokerError("SOURCE_ABSENT", what);
}

/** The source is set up wrongly. A chain ends here. */
export function invalid(what: string): BrokerError {
  return new BrokerError("SOURCE_INVALID", what);
}

/** The source is set up and failed. A chain ends here. */
export function failed(what: string, thrown?: unknown): BrokerError {
  const cause = thrown === undefined ? undefined : readable(thrown);
  if (cause instanceof BrokerError) return cause;
  if (cause === undefined) return new BrokerError("SOURCE_UNAVAILABLE", what);
  return new BrokerError("SOURCE_UNAVAILABLE", `${what}: failed with ${nameOf(cause)}; see cause`, {
    cause: withoutSecrets(cause),
  });
}
