import type { PlainAnswer } from "./plain-http.ts";
import { jsonObject, textOf } from "./json-object.ts";
import { readAnswer, type TlsRequest } from "./read-answer.ts";
import type { SourceContext } from "./source-context.ts";
import { failed, quoted } from "./source-errors.ts";

const LIMIT_MS = 10_000;

/** Asks a service over the transport of the source. @throws BrokerError `SOURCE_UNAVAILABLE` that names the host. */
export async function askService(
  url: string,
  request: TlsRequest,
  place: string,
  context: SourceContext,
): Promise<PlainAnswer> {
  try {
    return await readAnswer(context, url, request, LIMIT_MS);
  } catch (error) {
    context.signal?.throwIfAborted();
    throw failed(`${place}: ${new URL(url).host}`, error);
  }
}

/** What a service says of its refusal, without secrets. */
export function messageOf({ body }: PlainAnswer): string {
  const members = jsonObject(body);
  const message = textOf(members, "message") ?? textOf(members, "Message") ?? textOf(members, "error_description");
  return message === undefined ? "no message" : quoted(message);
}
