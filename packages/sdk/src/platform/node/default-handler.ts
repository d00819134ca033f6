import type { HttpHandler, Transport } from "@countersign/transport";

/**
 * A request handler over a transport of its own. The first request opens the transport, and the client's `destroy`
 * closes it. Several clients may share the handler: a request after a `destroy` opens the transport again.
 */
export const defaultHandler: (() => HttpHandler) | undefined = () => {
  let opened: { readonly transport: Transport; readonly handler: HttpHandler } | undefined;

  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request, options) {
      const { createTransport } = await import("@countersign/transport");
      if (opened === undefined) {
        const transport = createTransport({ allowLoopbackHttp: true });
        opened = { transport, handler: transport.requestHandler() };
      }
      return opened.handler.handle(request, options);
    },
    destroy() {
      const closing = opened?.transport.close();
      opened = undefined;
      closing?.catch(() => undefined);
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
};
