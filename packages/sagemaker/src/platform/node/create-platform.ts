import type { Attempt } from "@countersign/fetch/attempts";
import { type AwsCredentials, prepare, type PreparedRequest } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import { keepTargets } from "../keep-targets.ts";
import { attemptMs, type Platform, type PlatformAnswer, type PlatformCall, type PlatformOptions } from "../contract.ts";
import { createFetchPlatform } from "../fetch-platform.ts";
import { textOf } from "../../core/text.ts";

type ResponseData = Awaited<ReturnType<Transport["request"]>>;

/** Node: over the given transport, or one made on the first call; over `fetch` only when one is given instead. */
export function createPlatform(options: PlatformOptions): Platform {
  const { signer, clock, transport, fetch, onEvent } = options;
  if (transport === undefined && fetch !== undefined) return createFetchPlatform(options);
  let made: Promise<Transport> | undefined;

  // Loading the transport costs more than all else here together, so a program that hands one in, or that only wants
  // a token, does not load it here.
  const own = (): Promise<Transport> =>
    (made ??= import("@countersign/transport").then(({ createTransport }) =>
      createTransport({ clock, ...(onEvent && { onEvent }) }),
    ));

  function sign(prepared: PreparedRequest, call: PlatformCall, attempt: Attempt, signal: AbortSignal | undefined) {
    const held = signer.credentials.peek();
    if (held === undefined || !lasts(held, ttlOf(call))) return signPatiently(prepared, call, attempt, signal);
    const signed = prepared.signSync(call.body, call.headers);
    attempt.signed(held);
    return signed;
  }

  async function signPatiently(
    prepared: PreparedRequest,
    call: PlatformCall,
    attempt: Attempt,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, string>> {
    await signer.credentials({ minTtlMs: ttlOf(call), signal });
    const signed = await prepared.sign(call.body, call.headers);
    // The credentials may have changed since: the signature itself says which they were.
    attempt.signed({ accessKeyId: /Credential=([^/]+)/.exec(signed["authorization"] ?? "")?.[1] ?? "" });
    return signed;
  }

  function lasts({ expiration }: AwsCredentials, ms: number): boolean {
    return expiration === undefined || expiration.getTime() - clock.now() > ms;
  }

  return {
    prepare(template) {
      const prepared = prepare(signer, template);
      return async function send(call, attempt, signal) {
        try {
          const sender = transport ?? (await own());
          const response = await sender.request(prepared.url, {
            method: "POST",
            headers: () => sign(prepared, call, attempt, signal),
            body: call.body,
            signal,
          });
          const { statusCode } = response;
          if (call.streamed && statusCode >= 200 && statusCode < 300) return new NodeAnswer(response, noBytes);
          return new NodeAnswer(response, await response.body.bytes());
        } catch (error) {
          // An abort reaches us in as many shapes as there are layers; what the caller gave as its reason is the truth.
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

const ttlOf = ({ options }: PlatformCall): number => options?.timeoutMs ?? attemptMs;

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
    const value = this.#response.headers[name];
    return typeof value === "string" ? value : value?.join(", ");
  };

  async text(): Promise<string> {
    return textOf(this.bytes);
  }

  chunks(): AsyncIterable<Uint8Array> {
    return this.#response.body;
  }
}
