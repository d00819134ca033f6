import { checkAnswer } from "#platform/check-parts";
import type { Answer } from "./attempt.ts";
import { textOf } from "./text-of.ts";

/**
 * Where AWS writes an error's code in a body: JSON's `__type` or `code`, and XML's `<Code>`. Each part matches in one way
 * only, so matching takes time in proportion to the body.
 */
const CODE = /(?:"(?:__type|[Cc]ode)"\s*:\s*"|<Code>)([^"<]{1,512})["<]/;

/**
 * The statuses whose meaning depends on the code in the body. For the others the status is enough: 429 is throttling,
 * 424 a model's error, a 5xx transient; but EC2 throttles with 503.
 */
const TELLS_IN_BODY = /^(?:4(?!2[49])\d\d|503)$/;

/**
 * The code of an error answer.
 *
 * The forms of every protocol are reduced to the bare name: `x-amzn-errortype: ValidationError:http://…`,
 * `com.amazonaws.sagemaker#ThrottlingException` and `ExpiredTokenException` are `ValidationError`, `Throttling` and
 * `ExpiredToken`.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
 */
export async function errorCode(answer: Answer): Promise<string | undefined> {
  checkAnswer(answer);
  const header = answer.header("x-amzn-errortype");
  const text = header ? `"code":"${header}"` : TELLS_IN_BODY.test(String(answer.status)) ? await textOf(answer) : "";
  // Cut off the link after the name, the namespace before it and the suffix `Exception`.
  const [name = ""] = CODE.exec(text)?.[1]?.split(":") ?? [];
  return (
    name
      .slice(name.lastIndexOf("#") + 1)
      .trim()
      .replace(/Exception$/, "") || undefined
  );
}
