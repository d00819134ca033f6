import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createVerifier, VerifyError } from "@countersign/signer/verify";

/** The access key that the store knows: what the proxy signs with. */
export const storeKey = { accessKeyId: "ASIAREALKEYOFTHEROLE", secretAccessKey: "a-real-secret-that-stays" };

/** A store that speaks enough of Amazon S3 to verify uploads: it recomputes every signature, chunk by chunk. */
export interface Store {
  readonly url: string;
  readonly objects: Map<
    string,
    {
      readonly body: Uint8Array;
      readonly payload: string;
      readonly trailers?: Readonly<Record<string, string>> | undefined;
    }
  >;
  /** Requests that were refused, or that broke off. */
  readonly failures: string[];
  close(): Promise<void>;
}

export async function startStore(): Promise<Store> {
  const objects: Store["objects"] = new Map();
  const failures: string[] = [];
  const verify = createVerifier({
    resolve: async (id) => (id === storeKey.accessKeyId ? storeKey : undefined),
    service: "s3",
  });

  async function put(request: IncomingMessage): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const received = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.rawHeaders,
      body: Buffer.concat(pieces),
    };
    const { body = new Uint8Array(), payload, trailers } = await verify(received);
    objects.set(request.url ?? "", { body, payload, trailers });
  }

  const server = createServer((request, response) => {
    if (request.method === "GET") {
      response.end(objects.get(request.url ?? "")?.body);
      return;
    }
    put(request).then(
      () => response.end(),
      (error: unknown) => {
        failures.push(error instanceof VerifyError ? error.code : "broken off");
        if (!response.destroyed) response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
      },
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    failures,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
