/**
 * What harm sending a call again may do.
 *
 * - `always`: none, it is idempotent (RFC 9110, section 9.2.2) or only reads.
 * - `answered`: a second run costs time but changes nothing, and is worth it after the service answered with a 5xx;
 *   not after a lost connection, where the first run may still be going on. SageMaker's invocations are like this.
 * - `unsent`: it must run once; sent again only when the first sending certainly did not run.
 * - `never`: it cannot be sent again, because its body is a stream.
 */
export type Repeat = "always" | "answered" | "unsent" | "never";

/** What decides how a call may be repeated. */
export interface RepeatQuestion {
  readonly method: string;
  readonly url: URL;
  /** A header's value by its lower-case name. */
  readonly header: (name: string) => string | null | undefined;
}

/** RFC 9110, section 9.2.2. */
const IDEMPOTENT = /^(?:GET|HEAD|OPTIONS|PUT|DELETE|TRACE) /;

/**
 * Operations of AWS JSON services that only read, by how their names begin.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html
 */
const READING_OPERATION = /^POST .*\.(?:(?:Batch)?(?:Describe|Get)|List|Query|Search)/;

/**
 * Real-time invocations, buffered and streamed, and asynchronous ones.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Runtime.html
 */
const INVOCATION = /^POST \/endpoints\/[^/]+\/(?:(async-)?invocations|invocations-response-stream)$/;

/**
 * How a call may be repeated, from what identifies it on the wire.
 *
 * An asynchronous invocation is only repeated after a 5xx when it carries an `X-Amzn-SageMaker-Inference-Id`: without
 * one it would run twice and nobody could tell the results apart.
 */
export function repeatOf({ method, url, header }: RepeatQuestion): Repeat {
  const line = `${method} ${url.pathname}`;
  const target = header("x-amz-target") ?? "";
  if (IDEMPOTENT.test(line) || READING_OPERATION.test(`${method} ${target}`)) return "always";
  const [invocation, asynchronous] = target === "" ? (INVOCATION.exec(line) ?? []) : [];
  const told = asynchronous === undefined || header("x-amzn-sagemaker-inference-id");
  return invocation && told ? "answered" : "unsent";
}
