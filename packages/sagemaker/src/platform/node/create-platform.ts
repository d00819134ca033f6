import type { Attempt } from "@countersign/fetch/attempts";
import { type AwsCredentials, prepare, type PreparedRequest, type Signer, waitFor } from "@countersign/signer";
import { own as ownField } from "@countersign/signer/options";
import type { Transport } from "@countersign/transport";
import { tooSlow } from "../../core/deadline.ts";
import { textOf } from "../../core/text.ts";
import { attemptMs, type Platform, type PlatformAnswer, type PlatformCall, type PlatformOptions } from "../contract.ts";
import { createFetchPlatform } from "../fetch-platform.ts";
import { firstBytes } from "../first-bytes.ts";
import { keepTargets } from "../keep-targets.ts";

type ResponseData = Awaited<ReturnType<Transport["request"]>>;

/** Node: sends over the given transport, or one made on the first call. Only a given `fetch` without a transport is used. */
export function createPlatform(options: PlatformOptions): Platform {
  const { signer, clock, transport, fetch, onEvent } = options;
  if (transport === undefined && fetch !== undefined) return createFetchPlatform(options);
  let made: Promise<Transport> | undefined;

  // Loading the transport takes longer than loading everything else here. A program that passes one in, or that only
  // makes tokens, does not load it.
  const own = (): Promise<Transport> =>
    (made ??= import("@countersign/transport").then(({ createTransport }) =>
      createTransport({ clock, ...(onEvent && { onEvent }) }),
    ));

  function sign(
    by: Signer,
    prepared: PreparedRequest,
    call: PlatformCall,
    attempt: Attempt,
    signal: AbortSignal | undefined,
  ) {
    const cached = by.credentials.peek();
    if (cached === undefined || !lasts(cached, ttlOf(call))) return signLater(by, prepared, call, attempt, signal);
    const signed = prepared.signSync(call.body, call.headers);
    attempt.signed(cached);
    return signed;
  }

  async function signLater(
    by: Signer,
    prepared: PreparedRequest,
    call: PlatformCall,
    attempt: Attempt,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, string>> {
    await by.credentials({ minTtlMs: ttlOf(call), signal });
    return prepared.sign(call.body, call.headers, (key) => attempt.signed(key));
  }

  function lasts(credentials: AwsCredentials, ms: number): boolean {
    const expiration = ownField(credentials, "expiration");
    return expiration === undefined || expiration.getTime() - clock.now() > ms;
  }

  /** Reads a body to its end. The transport limits the silence between two parts; this limits the whole. */
  async function readWithin(body: ResponseData["body"], isError: boolean): Promise<Uint8Array> {
    const reading = isError ? firstBytes(body) : body.bytes();
    const bytes = (await inThisTurn(reading)) ?? (await waitFor(reading, attemptMs, clock));
    if (bytes !== undefined) return bytes;
    const error = tooSlow(attemptMs, "service");
    body.destroy(error);
    throw error;
  }

  return {
    prepare(template, by = signer) {
      const prepared = prepare(by, template);
      return async function send(call, attempt, signal) {
        try {
          const sender = transport ?? (await own());
          const response = await sender.request(prepared.url, {
            method: template.method,
            headers: () => sign(by, prepared, call, attempt, signal),
            body: call.body,
            signal,
          });
          const { statusCode } = response;
          const isError = statusCode < 200 || statusCode >= 300;
          if (call.streamed && !isError) return new NodeAnswer(response, noBytes);
          const { bytes = await readWithin(response.body, isError) } = response;
          return new NodeAnswer(response, bytes);
        } catch (error) {
          // Every layer reports an abort in its own form; the caller gets the reason that it gave.
          throw signal?.aborted === true ? signal.reason : error;
        }
      };
    },
    keep: keepTargets,
    async connectHttp2(origin) {
      const sender = transport ?? (await own());
      return sender.connectHttp2(origin);
    },
    privateAddresses: transport?.private ?? false,
    async close() {
      if (made === undefined) return;
      await (await made).close();
    },
  };
}

/**
 * The result if it is there in this turn of the event loop: most answers arrive whole, with their head. A time limit costs
 * more than the rest of the reading.
 */
function inThisTurn<Result>(pending: Promise<Result>): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    pending.then(resolve, reject);
    setImmediate(resolve, undefined);
  });
}

const ttlOf = ({ options }: PlatformCall): number => options.timeoutMs ?? attemptMs;

/** The body of an answer that is streamed. */
const noBytes = new Uint8Array(0);

class NodeAnswer implements PlatformAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly #response: ResponseData;

  constructor(response: ResponseData, bytes: Uint8Array) {
    this.status = response.statusCode;
    this.bytes = bytes;
    this.#response = response;
  }

  readonly header = (name: string): string | undefined => {
    const { headers } = this.#response;
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    return typeof value === "string" ? value : value?.join(", ");
  };

  async text(): Promise<string> {
    return textOf(this.bytes);
  }

  chunks(): AsyncIterable<Uint8Array> {
    return this.#response.body;
  }
}
