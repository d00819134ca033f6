import type { Clock, Emit } from "@countersign/signer";
import type { Context } from "hono";
import type { VendingConfig } from "./config/vending-config.ts";
import type { Exchange, Vend } from "./exchange.ts";
import { createRateLimit } from "./limits/rate-limit.ts";
import { createRefusalLog } from "./limits/refusal-log.ts";
import { createRemoteAddress, type RemoteAddress } from "./limits/remote-address.ts";
import { refusalReason } from "./refusal-reason.ts";
import { refusalAnswer } from "./routes/answer.ts";
import { checkHost, hasOneReading } from "./routes/boundary.ts";
import { VendingError } from "./vending-error.ts";
import type { VendingMetrics } from "./vending-metrics.ts";

/** Fields that @hono/node-server adds to a request. */
export interface Bindings {
  readonly incoming?: {
    readonly httpVersionMajor?: number;
    /** The target in the request line, as the client wrote it. */
    readonly url?: string;
    /** Names and values of the headers. */
    readonly rawHeaders?: readonly string[];
    readonly socket?: { readonly remoteAddress?: string };
  };
}

export type VendingContext = Context<{ Bindings: Bindings }>;

/** What all routes share: the host check, limits, metrics, the audit trail, and one form for every refusal. */
export interface Answering {
  answer(context: VendingContext, form: AnswerForm, vend: Vend): Promise<Response>;
  readonly isDraining: boolean;
  /** Reports at `/readyz` that no new requests should come, and goes on answering those that come. */
  leave(): void;
  /** Refuses new requests; resolves when those under way are answered. */
  drain(): Promise<void>;
}

/** How answers of a route look. */
export interface AnswerForm {
  /** Refusals have the members that SDKs read of a container endpoint. */
  readonly forContainer: boolean;
  /** Further headers of all answers. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AnsweringParts {
  /** Read for each request, so that a new configuration counts at once and counts are kept. */
  readonly config: () => VendingConfig;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly metrics: VendingMetrics;
}

const DEFAULTS = { perAddress: 120, rejectedPerAddress: 20, maxInFlight: 4096 };

/**
 * Names and values of headers in a request. Node drops the headers beyond the first thousand without a word: an `Origin`, a
 * second `Host` or a proxy's `X-Forwarded-For` among them would be missed.
 */
const MAX_HEADER_TEXTS = 2_000;

export function createAnswering({ config, clock, emit, metrics }: AnsweringParts): Answering {
  const limitOf = (name: keyof typeof DEFAULTS) => (): number => config().limits?.[name] ?? DEFAULTS[name];
  const maxInFlight = limitOf("maxInFlight");
  const failed = createRateLimit(limitOf("perAddress"), clock);
  const rejected = createRateLimit(limitOf("rejectedPerAddress"), clock);
  const refusals = createRefusalLog(clock);
  let proxies: { readonly of: VendingConfig; readonly find: ReturnType<typeof createRemoteAddress> } | undefined;
  let inFlight = 0;
  let leaving = false;
  let draining = false;
  let drained: (() => void) | undefined;

  /** Labels and events contain names of the configuration, never text of a caller. */
  const knownGrant = (name: string): string => (Object.hasOwn(config().grants, name) ? name : "unknown");

  function remoteAddress(...caller: Parameters<ReturnType<typeof createRemoteAddress>>): RemoteAddress {
    const current = config();
    if (proxies?.of !== current) proxies = { of: current, find: createRemoteAddress(current.trustedProxies ?? []) };
    return proxies.find(...caller);
  }

  function admit(request: Request, { incoming }: Bindings = {}): void {
    if ((incoming?.rawHeaders?.length ?? 0) >= MAX_HEADER_TEXTS) {
      throw new VendingError("TOO_LARGE", `a request of ${MAX_HEADER_TEXTS / 2} headers or more`);
    }
    if (!hasOneReading(incoming?.url)) throw new VendingError("HOST_REFUSED", "the request line can name two hosts");
    checkHost(request, config().hosts);
    if (draining) throw new VendingError("UNAVAILABLE", "the server is shutting down", { retryAfterSeconds: 5 });
    if (inFlight > maxInFlight()) {
      throw new VendingError("UNAVAILABLE", `more than ${maxInFlight()} requests under way`, {
        retryAfterSeconds: 1,
      });
    }
  }

  /**
   * The refusal for a failure. Requests without a valid proof count against their address; over the limit they are told
   * to slow down. A valid proof is never refused for the failures of its address.
   */
  function refusalOf(error: unknown, { address }: Exchange): VendingError {
    const refusal =
      error instanceof VendingError
        ? error
        : new VendingError("UNAVAILABLE", "failed", { cause: error, retryAfterSeconds: 1 });
    const { status } = refusal;
    const limit = status === 401 ? rejected : status === 403 || status === 404 ? failed : undefined;
    if (limit === undefined || limit.tryTake(address)) return refusal;
    return new VendingError("TOO_MANY_REQUESTS", `too many failed requests of this address: ${refusal.message}`, {
      cause: refusal,
      retryAfterSeconds: 60,
    });
  }

  function report(refusal: VendingError, { requestId, grant, address, subject }: Exchange): void {
    metrics.refused(knownGrant(grant), refusal.code);
    const turn = refusals.next(address);
    if (turn === undefined) return metrics.unreported();
    emit("vend.denied", () => ({
      grant: knownGrant(grant),
      requestId,
      code: refusal.code,
      reason: refusalReason(refusal),
      address,
      ...(turn.suppressed > 0 && { suppressed: turn.suppressed }),
      ...(subject !== undefined && { subject }),
    }));
  }

  return {
    async answer(context, { forContainer, headers = {} }, vend) {
      const request = context.req.raw;
      const peer = context.env?.incoming?.socket?.remoteAddress;
      const { limited, proxied } = remoteAddress(peer, request.headers.get("x-forwarded-for"));
      const requestId = crypto.randomUUID();
      const grant = context.req.param("grant") ?? "";
      const exchange: Exchange = { requestId, grant, address: limited, proxied, headers };
      const startedAt = clock.monotonic();
      inFlight += 1;
      metrics.inFlight(inFlight);
      try {
        admit(request, context.env);
        const { response, expiresAt } = await vend(exchange, request);
        metrics.vended(knownGrant(grant), clock.monotonic() - startedAt);
        emit("vend.ok", () => ({ grant, requestId, subject: exchange.subject ?? "", expiresAt }));
        return response;
      } catch (error) {
        const refusal = refusalOf(error, exchange);
        report(refusal, exchange);
        return refusalAnswer(refusal, { requestId, forContainer, headers });
      } finally {
        inFlight -= 1;
        metrics.inFlight(inFlight);
        if (inFlight === 0) drained?.();
      }
    },
    get isDraining() {
      return leaving;
    },
    leave() {
      leaving = true;
    },
    async drain() {
      leaving = true;
      draining = true;
      if (inFlight === 0) return;
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
    },
  };
}
