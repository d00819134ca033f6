import type { Answer } from "../attempts.ts";

/** Where AWS writes an error's code in a body: JSON's `__type` or `code`, XML's `<Code>`. */
const JSON_CODE = /"(?:__type|[Cc]ode)"\s*:\s*"([^"]+)"/u;
const XML_CODE = /<Code>([^<]+)<\/Code>/u;

/** Of other errors the status says enough: 429 is throttling, 424 the model's, a 5xx passing. EC2 throttles with 503. */
const TELLS_IN_BODY = /^(?:4(?!2[49])\d\d|503)$/u;

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
  if (typeof header === "string" && header !== "") return bareName(header);
  if (!TELLS_IN_BODY.test(String(answer.status))) return undefined;
  const text = await answer.text?.().catch(() => undefined);
  const code = text === undefined ? undefined : (JSON_CODE.exec(text) ?? XML_CODE.exec(text))?.[1];
  return code === undefined ? undefined : bareName(code);
}

function bareName(code: string): string {
  const [beforeColon = ""] = code.trim().split(":", 1);
  return beforeColon.slice(beforeColon.lastIndexOf("#") + 1).replace(/Exception$/u, "");
}
