import type { Transport } from "@countersign/transport";
import { noBytes, type Platform, type PlatformAnswer, type PlatformOptions, textOf } from "./platform-contract.ts";
import { createFetchPlatform } from "./platform-fetch.ts";

type ResponseData = Awaited<ReturnType<Transport["request"]>>;

/** Node: over the given transport, or one made on the first call; over `fetch` only when one is given instead. */
export function createPlatform(options: PlatformOptions): Platform {
  const { transport, fetch, clock, onEvent } = options;
  if (transport === undefined && fetch !== undefined) return createFetchPlatform(fetch, clock);
  let made: Promise<Transport> | undefined;

  // Loading the transport costs more than all else here together, so a program that hands one in, or that only wants
  // a token, does not load it here.
  const own = (): Promise<Transport> =>
    (made ??= import("@countersign/transport").then(({ createTransport }) =>
      createTransport({ clock, ...(onEvent && { onEvent }) }),
    ));

  return {
    // Node's own hash is synchronous at any size.
    maxSyncBytes: Infinity,
    privateAddresses: transport?.private ?? false,
    async send({ url, headers, body, signal, streamed }) {
      const sender = transport ?? (await own());
      const response = await sender.request(url, { method: "POST", headers, body, signal });
      const { statusCode } = response;
      if (streamed && statusCode >= 200 && statusCode < 300) return new NodeAnswer(response, noBytes);
      return new NodeAnswer(response, await response.body.bytes());
    },
    async openBidirectional(request, opening) {
      const sender = transport ?? (await own());
      const { openBidirectional } = await import("./open-bidirectional.node.ts");
      return openBidirectional(request, (origin) => sender.connectHttp2(origin), opening);
    },
    async close() {
      if (made === undefined) return;
      await (await made).close();
    },
  };
}

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

  text(): Promise<string> {
    return textOf(this.bytes);
  }

  chunks(): AsyncIterable<Uint8Array> {
    return this.#response.body;
  }
}
