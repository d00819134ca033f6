import { checkAnswer } from "#platform/check-parts";
import type { Answer } from "./attempt.ts";

/** The beginning of an answer's body; empty when it cannot be read. */
export async function textOf(answer: Answer): Promise<string> {
  return (
    (await checkAnswer(answer)
      .text?.()
      .catch(() => undefined)) ?? ""
  );
}
