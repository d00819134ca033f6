import type { HttpHandler } from "@countersign/transport";
import type { HttpRequest } from "@smithy/types";
import type { RequestGuard } from "./countersigner.ts";

type Call = Awaited<ReturnType<RequestGuard["enforceRequest"]>>;

/** Connects the call that the guard read before signing with the answer of the service. */
export interface Remembering {
  /** Keeps the call of a request that the guard let pass. */
  passed(request: HttpRequest, call: Call): void;
  /** Makes a handler that reports successful calls to the guard, which then knows a model that was just created. */
  wrap(handler: HttpHandler): HttpHandler;
}

/** Makes a `Remembering`. The guard does not learn of a request that the client copied after signing. */
export function rememberingHandler(guard: RequestGuard): Remembering {
  const calls = new WeakMap<object, NonNullable<Call>>();
  return {
    passed(request, call) {
      if (call !== undefined) calls.set(request, call);
    },
    wrap: (handler) => ({
      ...handler,
      async handle(request, options) {
        const answer = await handler.handle(request, options);
        const call = calls.get(request);
        if (call !== undefined && answer.response.statusCode < 300) guard.remember(call.action, call.input);
        return answer;
      },
    }),
  };
}
