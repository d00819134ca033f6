import type { PlainAnswer } from "./plain-http.ts";
import { readAnswer, type TlsRequest } from "./read-answer.ts";
import type { SourceContext } from "./source-context.ts";
import { failed } from "./source-errors.ts";

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
