import type { Transport } from "@countersign/transport";

/**
 * A transport that is made when it is first used: making one parses every certificate that Node trusts, and a command such
 * as `sign` with keys in the environment sends nothing.
 */
export function lazyTransport(make: () => Transport): Transport {
  let made: Transport | undefined;
  let closed = false;

  function transport(): Transport {
    if (made === undefined) {
      made = make();
      // A transport that was never made refuses requests like a closed one.
      if (closed) void made.close();
    }
    return made;
  }

  async function close(): Promise<void> {
    closed = true;
    await made?.close();
  }

  return {
    get policy() {
      return transport().policy;
    },
    get private() {
      return transport().private;
    },
    get connections() {
      return transport().connections;
    },
    get dispatcher() {
      return transport().dispatcher;
    },
    get fetch() {
      return transport().fetch;
    },
    get agent() {
      return transport().agent;
    },
    request: (url, request) => transport().request(url, request),
    connectHttp2: (origin) => transport().connectHttp2(origin),
    requestHandler: (options) => transport().requestHandler(options),
    probe: (origin) => transport().probe(origin),
    stats: () => transport().stats(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
