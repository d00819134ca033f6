import type { Dispatcher as UndiciDispatcher } from "undici";
import { urlText } from "../connection/origin.ts";
import { invalidRequest } from "../errors/error.ts";
import { awaitErrors } from "./body-stream.ts";
import { DispatcherFacade } from "./dispatcher-facade.ts";
import { failHandler } from "./forwarding-handler.ts";
import type { PoolRules } from "./line.ts";
import { OriginPool, closedError } from "./origin-pool.ts";
import { ownSignal } from "./own-signal.ts";

/** An undici dispatcher over connections that satisfy the policy. */
export class TransportDispatcher extends DispatcherFacade {
  readonly #rules: PoolRules;
  readonly #origins = new Map<string, OriginPool>();
  #closed = false;

  constructor(rules: PoolRules) {
    super();
    this.#rules = rules;
  }

  /** The connections to an origin such as `https://host:port`. */
  origin(name: string): OriginPool {
    if (this.#closed) throw closedError();
    let found = this.#origins.get(name);
    if (found === undefined) {
      found = new OriginPool(name, this.#rules, () => this.#abandon(name));
      this.#origins.set(name, found);
    }
    return found;
  }

  // A long-lived process may see many hosts; one without connections is forgotten.
  #abandon(name: string): void {
    const origin = this.#origins.get(name);
    this.#origins.delete(name);
    void origin?.close();
  }

  override dispatch(given: UndiciDispatcher.DispatchOptions, handler: UndiciDispatcher.DispatchHandler): boolean {
    if (!isHandler(handler)) throw invalidRequest("handler: must be a dispatch handler of undici");
    try {
      // Read once, before a slot is taken: a getter that throws would lose the slot.
      const options = { ...given };
      awaitErrors(options.body);
      const origin = this.origin(originOf(options));
      if (origin.slots.take()) return origin.dispatch(options, handler);
      waitForSlot(origin, options, handler);
      return true;
    } catch (error) {
      failHandler(handler, error as Error);
      return false;
    }
  }

  get idle(): number {
    return this.#sum((origin) => origin.idle);
  }

  get pending(): number {
    return this.#sum((origin) => origin.slots.waiting);
  }

  #sum(of: (origin: OriginPool) => number): number {
    let sum = 0;
    for (const origin of this.#origins.values()) sum += of(origin);
    return sum;
  }

  override async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#origins.values()].map((origin) => origin.close()));
  }

  override async destroy(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#origins.values()].map((origin) => origin.destroy()));
  }
}

function waitForSlot(
  origin: OriginPool,
  options: UndiciDispatcher.DispatchOptions,
  handler: UndiciDispatcher.DispatchHandler,
): void {
  const signal = ownSignal(options);
  const left = (): void => signal?.removeEventListener("abort", aborted);
  const leave = origin.slots.wait({
    granted() {
      left();
      origin.dispatch(options, handler);
    },
    refused(error) {
      left();
      failHandler(handler, error);
    },
  });
  const aborted = (): void => {
    leave();
    failHandler(handler, signal?.reason as Error);
  };
  signal?.addEventListener("abort", aborted, { once: true });
}

function isHandler(given: Partial<UndiciDispatcher.DispatchHandler> | null | undefined): boolean {
  return typeof given?.onError === "function" || typeof given?.onResponseError === "function";
}

function originOf(options: UndiciDispatcher.DispatchOptions | null | undefined): string {
  const given = Object.hasOwn(Object(options) as object, "origin") ? urlText(options?.origin) : "";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalidRequest("origin: must be an https: origin");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalidRequest("origin: must not have a user name or password; use headers");
  }
  return url.origin;
}
