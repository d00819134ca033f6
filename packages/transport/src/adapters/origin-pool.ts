import type { Socket } from "node:net";
import type { Dispatcher as UndiciDispatcher } from "undici";
import { TransportError } from "../errors/error.ts";
import type { Settle } from "./exchange.ts";
import { failHandler } from "./forwarding-handler.ts";
import type { Line, LineEvents, PoolRequest, PoolRules } from "./line.ts";
import type { UndiciParts } from "./undici-parts.ts";
import { NodeLine } from "./node-line.ts";
import { plainRequest } from "./plain-request.ts";
import { type Slots, createSlots } from "./slots.ts";
import { UndiciLine } from "./undici-line.ts";

/** A process that sends more requests than this before undici is loaded has a use for undici. */
const maxFirstRequests = 8;

/** The requests that were sent over `node:http` in this process. */
let firstRequests = 0;

/**
 * The connections to one origin. The caller of `send` or `dispatch` holds a slot, and the pool returns the slot when the
 * request is over.
 *
 * Not undici's Pool: it opens a second connection for every request that follows another at once, and a request with
 * invalid headers or method leaves it with one client less.
 */
export class OriginPool {
  readonly slots: Slots;
  readonly #origin: URL;
  readonly #rules: PoolRules;
  readonly #abandoned: () => void;
  readonly #lines = new Set<Line>();
  // The last to become idle is the next to be used, so that surplus lines time out.
  readonly #idle: Line[] = [];
  readonly #events: LineEvents;

  constructor(origin: string, rules: PoolRules, abandoned: () => void) {
    this.slots = createSlots(rules.connections);
    this.#origin = new URL(origin);
    this.#rules = rules;
    this.#abandoned = abandoned;
    const hang = (line: Line): void => {
      this.#idle.push(line);
      this.slots.release();
    };
    this.#events = {
      // A client must not get a request while it is failing another.
      finished: (line, failed) => (failed ? queueMicrotask(() => hang(line)) : hang(line)),
      // An idle line without a connection is dropped; a request may have taken the line again by then.
      lost: (line) => queueMicrotask(() => queueMicrotask(() => this.#drop(line))),
    };
  }

  /** Sends a request, and resolves with the head of its answer. */
  send(request: PoolRequest): Promise<UndiciDispatcher.ResponseData> {
    return new Promise((resolve, reject) => {
      // undici's types want Node's own `Blob`, and no `body` in a body.
      const settle = { resolve: resolve as unknown as Settle["resolve"], reject };
      const { parts } = this.#rules.undici;
      if (parts === undefined) this.#sendFirst(request, settle);
      else this.#undiciLine(parts).send(request, settle);
    });
  }

  /**
   * Sends a request before undici is loaded. `node:http` takes one at a time: requests that come together need undici, and
   * loading it in the middle of their handshakes would hold these up.
   */
  #sendFirst(request: PoolRequest, settle: Settle): void {
    const { undici, http2 } = this.#rules;
    const plain = http2 || this.slots.taken > 1 ? undefined : plainRequest(request, this.#origin.host);
    if (plain === undefined) {
      undici.load().then(
        (parts) => this.#sendLate(parts, request, settle),
        (error: Error) => this.#giveUp(error, settle),
      );
      return;
    }
    const line =
      (this.#idle.pop() as NodeLine | undefined) ?? this.#add(new NodeLine(this.#origin, this.#rules, this.#events));
    line.send(plain, settle);
    firstRequests++;
    // While the answer is on its way.
    if (firstRequests >= maxFirstRequests) setImmediate(() => void undici.load().catch(ignore));
  }

  #sendLate(parts: UndiciParts, request: PoolRequest, settle: Settle): void {
    const { signal } = request;
    if (signal?.aborted === true) this.#giveUp(signal.reason as Error, settle);
    else this.#undiciLine(parts).send(request, settle);
  }

  #giveUp(error: Error, settle: Settle): void {
    this.slots.release();
    settle.reject(error);
  }

  dispatch(options: UndiciDispatcher.DispatchOptions, handler: UndiciDispatcher.DispatchHandler): boolean {
    const { parts: loaded, load } = this.#rules.undici;
    if (loaded !== undefined) return this.#undiciLine(loaded).dispatch(options, handler);
    load().then(
      (parts) => this.#undiciLine(parts).dispatch(options, handler),
      (error: Error) => this.#giveUp(error, { resolve: () => {}, reject: (reason) => failHandler(handler, reason) }),
    );
    return true;
  }

  /** An idle line, or a new one. A connection that `node:http` used goes on under undici. */
  #undiciLine(parts: UndiciParts): UndiciLine {
    const idle = this.#idle.pop();
    if (idle instanceof UndiciLine) return idle;
    const held = idle instanceof NodeLine ? (): Socket | undefined => idle.release() : undefined;
    if (idle !== undefined) this.#lines.delete(idle);
    return this.#add(new UndiciLine(parts, this.#origin, this.#rules, this.#events, held));
  }

  #add<Kind extends Line>(line: Kind): Kind {
    this.#lines.add(line);
    return line;
  }

  #drop(line: Line): void {
    const index = this.#idle.indexOf(line);
    if (index === -1 || line.connected) return;
    this.#idle.splice(index, 1);
    this.#lines.delete(line);
    void line.close();
    if (this.#lines.size === 0 && this.slots.taken === 0) this.#abandoned();
  }

  get idle(): number {
    return this.#idle.filter(({ connected }) => connected).length;
  }

  /** Lets running requests finish and refuses those that wait. */
  async close(): Promise<void> {
    this.slots.refuse(closedError());
    await Promise.all([...this.#lines].map((line) => line.close()));
  }

  async destroy(): Promise<void> {
    this.slots.refuse(closedError());
    await Promise.all([...this.#lines].map((line) => line.destroy(closedError())));
  }
}

// Requests go on over `node:http`, and those that need undici fail with the reason.
function ignore(): void {}

/** The error for requests after `close()`. */
export function closedError(): TransportError {
  return new TransportError("CLOSED", "the transport is closed", { phase: "configure" });
}
