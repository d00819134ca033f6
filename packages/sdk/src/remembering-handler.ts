import type { HttpHandler } from "@countersign/transport";
import type { HttpRequest } from "@smithy/types";
import type { RequestGuard } from "./countersigner.ts";

type Call = Awaited<ReturnType<RequestGuard["enforceRequest"]>>;

/** Ties what the guard read before signing to what the service answered. */
export interface Remembering {
  passed(request: HttpRequest, call: Call): void;
  /** A handler that tells the guard of calls that succeeded: a model that was just created is known from then on. */
  wrap(handler: HttpHandler): HttpHandler;
}

/** Makes one. A request that the client copied after signing is merely not remembered. */
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
