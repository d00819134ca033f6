import type { Answer } from "./create-attempts.ts";
import { textOf } from "./text-of.ts";

/**
 * Where AWS writes an error's code in a body: JSON's `__type` or `code`, and XML's `<Code>`. Nothing here can match in two
 * ways, so no body makes it slow.
 */
const CODE = /(?:"(?:__type|[Cc]ode)"\s*:\s*"|<Code>)([^"<]{1,512})["<]/;

/** Of other errors the status says enough: 429 is throttling, 424 the model's, a 5xx passing. EC2 throttles with 503. */
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
  const header = answer.header("x-amzn-errortype");
  const text = header ? `"code":"${header}"` : TELLS_IN_BODY.test(String(answer.status)) ? await textOf(answer) : "";
  // The bare name: without a link behind, a namespace before, and the suffix of every exception.
  const [name = ""] = CODE.exec(text)?.[1]?.split(":") ?? [];
  return (
    name
      .slice(name.lastIndexOf("#") + 1)
      .trim()
      .replace(/Exception$/, "") || undefined
  );
}
