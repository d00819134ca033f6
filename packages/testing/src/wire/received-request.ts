import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { TLSSocket } from "node:tls";
import { AwsError } from "./aws-error.ts";

/** How the connection of a request was negotiated. */
export interface ReceivedTls {
  /** Such as `TLSv1.3`. */
  readonly protocol: string;
  /** IANA name of the suite. */
  readonly cipher: string;
  readonly resumed: boolean;
}

/** The head of a request exactly as received: not decoded, not normalised. */
export interface ReceivedHead {
  readonly method: string;
  /** Path and query exactly as received. */
  readonly target: string;
  /** `https`, the host received, and the target: for reading, not for signing. */
  readonly url: URL;
  /** Names in lower case, in the order received; HTTP/2's `:authority` stands as `host`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly remoteAddress: string;
  readonly tls: ReceivedTls;
}

/** A request with its body: complete, or still arriving for an operation that streams. */
export interface ReceivedRequest extends ReceivedHead {
  readonly body: Buffer;
  readonly arriving: AsyncIterable<Uint8Array>;
}

/** The largest body that is read: SageMaker's own 6 MiB and room for the rest. */
const maxBodyBytes = 8 * 1024 * 1024;

/** The value of a header, or undefined; several of one name join with commas. */
export function headerOf(request: Pick<ReceivedHead, "headers">, name: string): string | undefined {
  const values = request.headers.filter(([each]) => each === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(",");
}

/** Reads the head of a request. */
export function receiveHead(message: IncomingMessage | Http2ServerRequest): ReceivedHead {
  const headers: [string, string][] = [];
  const raw = message.rawHeaders;
  let host: string | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    if (name === ":authority") host = value;
    if (!name.startsWith(":")) headers.push([name, value]);
  }
  if (host !== undefined && !headers.some(([name]) => name === "host")) headers.unshift(["host", host]);
  const target = message.url ?? "/";
  const socket = tlsSocketOf(message);
  return {
    method: message.method ?? "GET",
    target,
    url: urlOf(headerOf({ headers }, "host") ?? "localhost", target),
    headers,
    remoteAddress: socket.remoteAddress ?? "",
    tls: {
      protocol: socket.getProtocol() ?? "",
      cipher: (socket.getCipher() as { readonly standardName?: string } | undefined)?.standardName ?? "",
      resumed: socket.isSessionReused(),
    },
  };
}

/** Reads the body to its end, even when it is too large: HTTP/1.1 clients read the answer after they have sent. */
export async function receiveBody(message: IncomingMessage | Http2ServerRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > maxBodyBytes) {
    throw new AwsError("RequestEntityTooLarge", `The request body is larger than ${maxBodyBytes} bytes.`, {
      status: 413,
    });
  }
  return Buffer.concat(chunks);
}

function tlsSocketOf(message: IncomingMessage | Http2ServerRequest): TLSSocket {
  return ("stream" in message ? message.stream.session?.socket : message.socket) as TLSSocket;
}

function urlOf(host: string, target: string): URL {
  try {
    return new URL(`https://${host}${target.startsWith("/") ? target : `/${target}`}`);
  } catch {
    throw new AwsError("ValidationException", "The request names no valid host and path.");
  }
}
