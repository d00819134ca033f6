import { ServerResponse } from "node:http";
import type { Signer } from "@countersign/signer";
import type { ExchangeParts } from "../exchange-parts.ts";
import type { ServiceCall } from "../judge/call.ts";
import type { Outgoing } from "../message.ts";
import type { Progress } from "../observe/progress.ts";
import { incomingHeaders } from "./outgoing-head.ts";
import type { CheckOwner } from "./check-turns.ts";
import type { Answer } from "./upstream-error.ts";

/** A request that is allowed, on its way to AWS. */
export interface Sending {
  readonly parts: Pick<ExchangeParts, "options" | "clock" | "budget" | "maxSkewMs">;
  readonly progress: Progress;
  readonly outgoing: Outgoing;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  readonly signer: Signer;
  /** The client. */
  readonly owner: CheckOwner;
  readonly call: ServiceCall;
  /** The service is reached over TLS. */
  readonly isSecure: boolean;
}

/** The clock when the request was signed. */
export interface SignedAt {
  readonly sentAt: number;
  readonly refusedOffsetMs: number;
}

/** Passes the head of an answer on. It is written with the first piece of the body. */
export function passHead({ outgoing }: Pick<Sending, "outgoing">, { status, headers }: Omit<Answer, "body">): void {
  outgoing.statusCode = status;
  if (outgoing instanceof ServerResponse) closeIfUnread(outgoing);
  const list = incomingHeaders(headers);
  for (let index = 0; index < list.length; index += 2) outgoing.setHeader(list[index] as string, list[index + 1]!);
}

/**
 * Ends the connection of HTTP/1.1 with an answer that comes before the whole request was read: the next request would wait
 * behind the rest.
 */
export function closeIfUnread(outgoing: ServerResponse): void {
  if (!outgoing.req.complete) outgoing.shouldKeepAlive = false;
}
