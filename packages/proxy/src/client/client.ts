import type { Guard } from "@countersign/guard";
import type { Credentials } from "@countersign/signer";
import type { Allowance } from "../judge/allowance.ts";
import type { PlaceholderKey } from "./issue-key.ts";

/** A process, notebook, sandbox or container that sends through the proxy. */
export interface ProxyClient {
  /** For audit, metrics and refusals. */
  readonly name: string;
  /** How it proves itself. A client without a key is known by its listener (`listen[].client`) or its certificate. */
  readonly key?: PlaceholderKey | undefined;
  /** SHA-256 of its client certificate in DER, hexadecimal: for listeners with `clientCa`. */
  readonly certificateSha256?: string | undefined;
  /** What its requests are signed with: a role of `@countersign/broker`, a provider, or fixed credentials. */
  readonly credentials: Credentials;
  /** What it may do. Everything else is refused. */
  readonly allow: readonly Allowance[];
  /** Judges requests before they are signed. Default: no guard. */
  readonly guard?: Pick<Guard, "enforceRequest"> | undefined;
  /**
   * `unique` (default): a signature that covers `amz-sdk-invocation-id` is accepted once while the proxy runs; other
   * requests can be equal within one second and are accepted again, as AWS does. `refuse`: every signature is accepted once
   * while the proxy runs.
   */
  readonly replay?: "unique" | "refuse" | undefined;
  /** Bodies, and events of streams, that have to be read whole before they are sent. Default: 26,214,400 bytes (25 MiB). */
  readonly maxBodyBytes?: number | undefined;
  /** Default: no limit. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests under way at once. Default: 256. */
  readonly maxInFlight?: number | undefined;
}
