import { scrub } from "../errors/foreign-error.ts";

/** Why a request was refused, for the operator: the messages of the error and its causes, without secrets. */
export function refusalReason(error: Error): string {
  const messages: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 4 && current instanceof Error; depth++) {
    const { message } = current;
    if (message !== "" && !messages.some((known) => known.includes(message))) messages.push(message);
    current = current.cause;
  }
  return scrub(messages.join(": "));
}
