import { randomUUID } from "node:crypto";
import type { ClientState } from "../client/client-state.ts";
import type { ServiceCall } from "../judge/call.ts";
import type { Authenticated } from "../receive/authenticate.ts";
import type { Protocol, Refusal } from "../refusal.ts";
import type { AuditRecord } from "./audit.ts";
import type { UpstreamTls } from "./upstream-tls.ts";

/** The state of an exchange, for its audit record. */
export class Progress {
  readonly requestId: string = randomUUID();
  /** The shape in which a refusal is told; `undefined` until the head is read. */
  protocol: Protocol | undefined;
  proof: Authenticated | undefined;
  call: ServiceCall | undefined;
  actions: readonly string[] = [];
  /** The service's host. */
  host: string | undefined;
  isSent = false;
  refusal: Refusal | undefined;
  bytesIn = 0;
  bytesOut = 0;
  readonly #bound: ClientState | undefined;
  readonly #startedAt: number;

  /** @param bound the client, where the connection tells it. @param startedAt monotonic milliseconds. */
  constructor(bound: ClientState | undefined, startedAt: number) {
    this.#bound = bound;
    this.#startedAt = startedAt;
  }

  /** @param status what the client got. @param at the wall clock. @param now monotonic milliseconds. */
  record(status: number, at: number, now: number, upstreamTls: UpstreamTls): AuditRecord {
    const { state, region } = this.proof ?? {};
    return {
      time: new Date(at).toISOString(),
      requestId: this.requestId,
      client: (state ?? this.#bound)?.client.name ?? null,
      actions: this.actions,
      resource: this.call?.resource ?? null,
      region: region ?? null,
      decision: this.isSent ? "sent" : "refused",
      code: this.refusal?.code ?? null,
      detail: this.refusal?.detail ?? null,
      status,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      milliseconds: Math.round((now - this.#startedAt) * 1000) / 1000,
      upstreamTls: this.isSent && this.host !== undefined ? upstreamTls.of(this.host) : null,
    };
  }
}
