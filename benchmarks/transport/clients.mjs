// What sends the same request over the same server: ours, and what is there without us.
import { NodeHttpHandler } from "@smithy/node-http-handler";
import https from "node:https";
import { Agent, request } from "undici";
import { createTransport } from "@countersign/transport";
import { body, connections, contentType, path } from "../e2e/fixture.mjs";

const headers = { "content-type": contentType };

export const clients = {
  "transport.request": ({ url, ca }) => {
    const transport = createTransport({ ca, connections });
    return {
      invoke: async () => {
        const answer = await transport.request(`${url}${path}`, { method: "POST", headers, body });
        return answer.body.text();
      },
      close: () => transport.close(),
    };
  },
  "transport.request, headers at dispatch": ({ url, ca }) => {
    const transport = createTransport({ ca, connections });
    return {
      invoke: async () => {
        const answer = await transport.request(`${url}${path}`, { method: "POST", headers: () => headers, body });
        return answer.body.text();
      },
      close: () => transport.close(),
    };
  },
  "transport.request, with a signal": ({ url, ca }) => {
    const transport = createTransport({ ca, connections });
    return {
      invoke: async () => {
        const { signal } = new AbortController();
        const answer = await transport.request(`${url}${path}`, { method: "POST", headers, body, signal });
        return answer.body.text();
      },
      close: () => transport.close(),
    };
  },
  "undici.request, bare Agent": ({ url, ca }) => {
    const dispatcher = new Agent({ connections, connect: { ca } });
    return {
      invoke: async () => {
        const answer = await request(`${url}${path}`, { method: "POST", headers, body, dispatcher });
        return answer.body.text();
      },
      close: () => dispatcher.close(),
    };
  },
  "undici.request, bare Agent, with a signal": ({ url, ca }) => {
    const dispatcher = new Agent({ connections, connect: { ca } });
    return {
      invoke: async () => {
        const { signal } = new AbortController();
        const answer = await request(`${url}${path}`, { method: "POST", headers, body, dispatcher, signal });
        return answer.body.text();
      },
      close: () => dispatcher.close(),
    };
  },
  "requestHandler()": ({ url, ca }) => {
    const transport = createTransport({ ca, connections });
    return { invoke: throughHandler(transport.requestHandler(), url), close: () => transport.close() };
  },
  NodeHttpHandler: ({ url, ca }) => {
    const httpsAgent = new https.Agent({ ca, keepAlive: true, maxSockets: connections });
    return { invoke: throughHandler(new NodeHttpHandler({ httpsAgent }), url), close: () => httpsAgent.destroy() };
  },
};

function throughHandler(handler, url) {
  const { hostname, port, host } = new URL(url);
  return async () => {
    const { response } = await handler.handle({
      protocol: "https:",
      hostname,
      port: Number(port),
      method: "POST",
      path,
      headers: { ...headers, host, "content-length": String(Buffer.byteLength(body)) },
      body,
    });
    let text = "";
    for await (const part of response.body) text += part;
    return text;
  };
}
