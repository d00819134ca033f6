import { type AwsCredentials, type Clock, waitFor } from "@countersign/signer";
import { own } from "@countersign/signer/options";
import { readHttpDate } from "../model/read-time.ts";
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
    const sentAt = clock.wall();
    const { body, statusCode, headers } = await transport.request(url, { ...request, signal: either });
    const time = { ...dateAndAge(headers), sentAt, receivedAt: clock.wall() };
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_ANSWER) throw new Error(`the answer has more than ${MAX_ANSWER} characters`);
    }
    return { status: statusCode, body: text, time };
  };
  try {
    const answer = await waitFor(work(), limitMs, clock, signal);
    if (answer !== undefined) return answer;
    throw Object.assign(new Error("no answer in time"), { code: "TIMEOUT" });
  } finally {
    end.abort();
  }
}

/** `Date` and `Age` of an answer. A date that cannot be read is invalid, and clocks ignore it. */
function dateAndAge(headers: Readonly<Record<string, string | string[] | undefined>>): {
  readonly date: Date;
  readonly ageS: number | undefined;
} {
  const age = headers["age"];
  return {
    date: readHttpDate(headers["date"]) ?? new Date(Number.NaN),
    ageS: age === undefined ? undefined : Number(age),
  };
}

/**
 * Passes credentials on, and the time of the answer that brought them to the clock. An issuer hands out credentials that
 * are valid: where this machine's time says that they have expired, the answer's `Date` corrects the clock at once.
 */
export function issuedBy<Issued extends AwsCredentials>({ time }: PlainAnswer, issued: Issued, clock: Clock): Issued {
  const end = own<AwsCredentials, "expiration">(issued, "expiration")?.getTime() ?? Infinity;
  if (time !== undefined) clock.observe({ ...time, confirmed: time.date.getTime() < end && end <= clock.now() });
  return issued;
}
