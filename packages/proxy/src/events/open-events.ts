import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { Signer } from "@countersign/signer";
import { type EventSigner, signEvents } from "@countersign/signer/events";
import type { Transport } from "@countersign/transport";
import { Refusal } from "../refusal.ts";
import type { UnsignedRequest } from "../send/sign-anew.ts";
import type { Answer } from "../send/upstream-error.ts";

/** A stream to AWS in both directions. */
export interface OpenedEvents {
  readonly stream: ClientHttp2Stream;
  /** The headers that were signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** Signs what is sent, in a chain of the proxy's own. */
  readonly events: EventSigner;
  /** The head of the answer. */
  readonly head: Promise<Pick<Answer, "status" | "headers">>;
  /** Ends the stream, if it has not ended, and its connection at once. */
  close(): void;
}

/** RST_STREAM's CANCEL. https://www.rfc-editor.org/rfc/rfc9113.html#ErrorCodes */
const CANCEL = 0x8;
/** Forbidden in HTTP/2, or derived from the connection. */
const DERIVED = new Set(["host", "connection", "transfer-encoding", "content-length"]);

/**
 * Opens a stream on an HTTP/2 connection of its own. It does not wait for the head of the answer, because a container may
 * wait for an event first.
 *
 * @throws TransportError, and what the signer throws.
 */
export async function openEvents(
  connectHttp2: Transport["connectHttp2"] | undefined,
  signer: Signer,
  { method, url, headers }: UnsignedRequest,
): Promise<OpenedEvents> {
  if (connectHttp2 === undefined) {
    const detail = "transport: must have connectHttp2 for event streams";
    throw new Refusal(501, "NotImplemented", "The proxy cannot send event streams.", detail);
  }
  const { origin } = new URL(url);
  const session = await connectHttp2(origin);
  try {
    // Both signatures in one turn: the events are signed with the credentials of the request.
    const signed = signer.signSync({ method, url, headers, payload: "streaming-events" });
    const events = signEvents(signer, signed);
    const sent = Object.fromEntries(Object.entries(signed.headers).filter(([name]) => !DERIVED.has(name)));
    const path = url.slice(origin.length);
    const stream = session.request({ ":method": method, ":path": path, ...sent }, { endStream: false });
    return { stream, headers: signed.headers, events, head: headOf(stream), close: () => close(stream, session) };
  } catch (error) {
    session.destroy();
    throw error;
  }
}

function close(stream: ClientHttp2Stream, session: ClientHttp2Session): void {
  if (!stream.closed) stream.close(CANCEL);
  // Node 20 can crash where a session is destroyed with open streams.
  stream.destroy();
  // A session that is closed would wait for the service, which may keep its side of the connection open for ever.
  session.destroy();
}

async function headOf(stream: ClientHttp2Stream): Promise<Pick<Answer, "status" | "headers">> {
  const given = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    stream.once("response", resolve);
    // Stays: an error after the head ends the reading of the answer, and must not end the process.
    stream.on("error", reject);
    stream.once("close", () => reject(new Error("closed before it was answered")));
  });
  const { ":status": status = 0, ...headers } = given as IncomingHttpHeaders & { readonly ":status"?: number };
  return { status, headers };
}
