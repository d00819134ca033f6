import type { Answer } from "./create-attempts.ts";

/** The beginning of an answer's body; what cannot be read says nothing. */
export async function textOf(answer: Answer): Promise<string> {
  return (await answer.text?.().catch(() => undefined)) ?? "";
}
