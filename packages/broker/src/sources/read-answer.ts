import { waitFor } from "@countersign/signer";
import type { PlainAnswer } from "./plain-http.ts";
import { MAX_ANSWER } from "./read-credentials.ts";
import type { SourceContext } from "./source-context.ts";

/** One request over the transport. */
export interface TlsRequest {
  readonly method: "GET" | "POST";
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/**
 * Sends one request over the transport of the source and reads the answer, within a limit of the whole.
 *
 * @throws TransportError; an Error with the code `TIMEOUT`; the signal's reason.
 */
export async function readAnswer(
  { transport, clock, signal }: SourceContext,
  url: string,
  request: TlsRequest,
  limitMs: number,
): Promise<PlainAnswer> {
  const end = new AbortController();
  const either = signal === undefined ? end.signal : AbortSignal.any([signal, end.signal]);
  const work = async (): Promise<PlainAnswer> => {
    const { body, statusCode } = await transport.request(url, { ...request, signal: either });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_ANSWER) throw new Error(`the answer has more than ${MAX_ANSWER} characters`);
    }
    return { status: statusCode, body: text };
  };
  try {
    const answer = await waitFor(work(), limitMs, clock, signal);
    if (answer !== undefined) return answer;
    throw Object.assign(new Error("no answer in time"), { code: "TIMEOUT" });
  } finally {
    end.abort();
  }
}
