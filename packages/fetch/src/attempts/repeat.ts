import { checkQuestion } from "#platform/check-parts";

/**
 * When a call may be sent again.
 *
 * - `always`: it is idempotent (RFC 9110, section 9.2.2) or only reads.
 * - `answered`: after the service answered with a 5xx. A second run costs time but changes nothing. It is not sent again
 *   after a lost connection, where the first run may still go on. SageMaker's invocations are of this kind.
 * - `unsent`: only when the first sending certainly did not run.
 * - `never`: its body is a stream, which can be sent only once.
 */
export type Repeat = "always" | "answered" | "unsent" | "never";

/** The parts of a call that decide when it may be sent again. */
export interface RepeatQuestion {
  readonly method: string;
  readonly url: URL;
  /** A header's value by its lower-case name. */
  readonly header: (name: string) => string | null | undefined;
}

/** RFC 9110, section 9.2.2. */
const IDEMPOTENT = /^(?:GET|HEAD|OPTIONS|PUT|DELETE|TRACE) /;

/**
 * Operations of AWS JSON services that only read, by the beginning of their names. A header that was sent twice names two.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html
 */
const READING_OPERATION = /^POST [^,]*\.((Batch)?(Describe|Get)|List|Query|Search)[^,]*$/;

/**
 * Real-time invocations, buffered and streamed, and asynchronous ones.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Runtime.html
 */
const INVOCATION = /^POST \/endpoints\/[^/]+\/(?:(async-)?invocations|invocations-response-stream)$/;

/**
 * Works out from its method, URL and headers when a call may be sent again.
 *
 * An asynchronous invocation is repeated after a 5xx only when it carries an `X-Amzn-SageMaker-Inference-Id`. Without
 * that id it would run twice and its results could not be told apart.
 */
export function repeatOf(question: RepeatQuestion): Repeat {
  checkQuestion(question);
  const { method, url, header } = question;
  const line = `${method} ${url.pathname}`;
  const target = header("x-amz-target") ?? "";
  if (IDEMPOTENT.test(line) || READING_OPERATION.test(`${method} ${target}`)) return "always";
  const [invocation, asynchronous] = target === "" ? (INVOCATION.exec(line) ?? []) : [];
  const told = asynchronous === undefined || header("x-amzn-sagemaker-inference-id");
  return invocation && told ? "answered" : "unsent";
}
