import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import { events, stream } from "../builtin.ts";
import { invalidRequest } from "../errors/error.ts";
import { failHandler } from "./forwarding-handler.ts";
import { undici } from "./load-undici.ts";
import type { UndiciParts } from "./undici-parts.ts";

type Dispatch = Dispatcher["dispatch"];
type Interceptor = Dispatcher.DispatcherComposeInterceptor;

/**
 * What undici's dispatchers have beside `dispatch`: `request`, `stream` and the like, and `compose`.
 *
 * It does not extend undici's class, because undici is loaded by the first use of one of these methods.
 */
export abstract class DispatcherFacade extends events.EventEmitter {
  abstract dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean;
  abstract close(): Promise<void>;
  abstract destroy(): Promise<void>;

  request(...args: readonly unknown[]): unknown {
    return this.#call("request", args);
  }

  stream(...args: readonly unknown[]): unknown {
    return this.#call("stream", args);
  }

  upgrade(...args: readonly unknown[]): unknown {
    return this.#call("upgrade", args);
  }

  connect(...args: readonly unknown[]): unknown {
    return this.#call("connect", args);
  }

  pipeline(...args: readonly unknown[]): Duplex {
    if (undici.parts !== undefined) return this.#apply(undici.parts, "pipeline", args) as Duplex;
    const [writable, readable] = [new stream.PassThrough(), new stream.PassThrough()];
    undici
      .load()
      .then((parts) => stream.pipeline(writable, this.#apply(parts, "pipeline", args) as Duplex, readable, ignore))
      .catch((error: Error) => readable.destroy(error));
    return stream.Duplex.from({ writable, readable });
  }

  /** Wraps `dispatch` in interceptors. */
  compose(...args: readonly (Interceptor | readonly Interceptor[])[]): Dispatcher {
    for (const interceptor of args.flat()) {
      if (interceptor !== null && interceptor !== undefined && typeof interceptor !== "function") {
        throw invalidRequest("interceptors: must be functions");
      }
    }
    return new ComposedDispatcher(this, args) as unknown as Dispatcher;
  }

  #call(name: "request" | "stream" | "upgrade" | "connect", args: readonly unknown[]): unknown {
    if (undici.parts !== undefined) return this.#apply(undici.parts, name, args);
    return undici.load().then((parts) => this.#apply(parts, name, args));
  }

  #apply(parts: UndiciParts, name: keyof UndiciParts["api"], args: readonly unknown[]): unknown {
    const call = parts.api[name] as (...given: unknown[]) => unknown;
    return Reflect.apply<unknown, readonly unknown[], unknown>(call, this, args);
  }
}

/** A dispatcher whose requests go through interceptors. */
class ComposedDispatcher extends DispatcherFacade {
  readonly #base: DispatcherFacade;
  readonly #args: readonly unknown[];
  #dispatch: Dispatch | undefined;

  constructor(base: DispatcherFacade, args: readonly unknown[]) {
    super();
    this.#base = base;
    this.#args = args;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (undici.parts !== undefined) return this.#composed(undici.parts)(options, handler);
    undici
      .load()
      .then((parts) => this.#composed(parts)(options, handler))
      .catch((error: Error) => failHandler(handler, error));
    return true;
  }

  #composed(parts: UndiciParts): Dispatch {
    if (this.#dispatch !== undefined) return this.#dispatch;
    const { prototype } = parts.Dispatcher as unknown as { prototype: { compose(...args: unknown[]): Dispatcher } };
    const interceptors = (this.#args.flat() as (Interceptor | null | undefined)[]).map(
      (interceptor) => interceptor && forBothGenerations(interceptor, parts),
    );
    const composed = prototype.compose.apply(this.#base, interceptors);
    return (this.#dispatch = (options, handler) => composed.dispatch(options, handler));
  }

  override close(): Promise<void> {
    return this.#base.close();
  }

  override destroy(): Promise<void> {
    return this.#base.destroy();
  }
}

/**
 * undici 6's interceptors refuse handlers without the older methods (`onConnect`, `onHeaders`). undici 8 and the global
 * `fetch` of Node 26 make such handlers. So each interceptor gets handlers that have the methods of both generations.
 */
function forBothGenerations(interceptor: Interceptor, { UnwrapHandler, WrapHandler }: UndiciParts): Interceptor {
  return (dispatch) => {
    const intercepted = interceptor(dispatch);
    if (typeof intercepted !== "function") throw invalidRequest("interceptors: must return a dispatch function");
    return (options, handler) => {
      // `compose` has given the newer methods to older handlers.
      const hasBoth = typeof handler.onHeaders === "function";
      return intercepted(options, hasBoth ? handler : WrapHandler.wrap(UnwrapHandler.unwrap(handler)));
    };
  };
}

function ignore(): void {}
