import { createSigner, type Signer } from "@countersign/signer";
import { checkOptions, optional, shape, type Shapes } from "@countersign/signer/options";
import { callShapes, type CallOptions } from "../core/call-options.ts";
import type { Client } from "../core/client.ts";
import { withDeadline } from "../core/deadline.ts";
import { addDetails, SageMakerError } from "../core/error.ts";
import { refuseOption } from "../core/refuse-option.ts";
import { excerpt, textOf } from "../core/text.ts";
import type { PlatformAnswer } from "../platform/contract.ts";
import { InvokeAnswer, type InvokeResult } from "./invoke.ts";
import { objectUrl } from "./object-url.ts";

/** The output of an asynchronous invocation, from S3. */
export type AsyncOutput = Pick<InvokeResult, "body" | "text" | "json" | "contentType">;

/** Options of `result`. */
export interface ResultOptions extends CallOptions {
  /** The time limit of the whole wait, in milliseconds. Default: 15 minutes. */
  readonly timeoutMs?: number | undefined;
  /** The longest output to read, in bytes. Default: 104,857,600. */
  readonly maxBytes?: number | undefined;
}

/**
 * Waits until the output of an invocation is in S3, and reads it. The pauses between two looks grow from 1 to 15 seconds.
 * The credentials need `s3:GetObject` on both locations and `s3:ListBucket` on their buckets: without the latter, S3
 * answers 403 for an object that does not exist yet.
 *
 * @throws SageMakerError `INVOCATION_FAILED` with the model's report in `originalMessage`, `TIMEOUT`, `BODY_TOO_LARGE`,
 * `AccessDeniedException`, `INVALID_RESPONSE`, `CLOSED`, each with `outputLocation` and `failureLocation`; the signal's
 * reason.
 */
export type AwaitOutput = (options?: ResultOptions) => Promise<AsyncOutput>;

/** Where an invocation writes. */
interface Locations {
  readonly outputLocation: string | undefined;
  readonly failureLocation: string | undefined;
}

const usualMs = 900_000;
const usualBytes = 104_857_600;
const firstPauseMs = 1000;
const maxPauseMs = 15_000;

const resultShapes: Shapes<ResultOptions> = {
  ...callShapes,
  maxBytes: optional(
    shape("a number of bytes from 1", (value) => Number.isInteger(value) && typeof value === "number" && value > 0),
  ),
};

/** Makes the `result` of invocations. */
export function createAsyncResult(client: Client): (locations: Locations) => AwaitOutput {
  const { clock, platform, signer } = client;
  let own: Signer | undefined;

  /** The object, or undefined while it does not exist. */
  async function read(location: string, maxBytes: number, signal: AbortSignal): Promise<InvokeAnswer | undefined> {
    const { region, credentials } = signer;
    own ??= createSigner({ region, credentials, clock, service: "s3" });
    const service = client.service("s3");
    const send = platform.prepare({ method: "GET", url: objectUrl(service.url, location), headers: {} }, own);
    const target = { service, action: undefined, input: undefined, send };
    const call = { body: undefined, headers: undefined, streamed: true, options: { signal } };
    try {
      const answer = await client.exchange(target, "always", call);
      return new InvokeAnswer({ bytes: await readAll(answer, maxBytes, location), header: answer.header });
    } catch (error) {
      if (error instanceof SageMakerError && error.status === 404) return undefined;
      throw error instanceof SageMakerError && error.status === 403 ? denied(location, error) : error;
    }
  }

  async function wait(
    { outputLocation, failureLocation }: Locations,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<AsyncOutput> {
    if (outputLocation === undefined) {
      throw new SageMakerError("INVALID_RESPONSE", "the answer to InvokeEndpointAsync names no output location");
    }
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
      client.open();
      const output = await read(outputLocation, maxBytes, signal);
      if (output !== undefined) return output;
      const failure = failureLocation === undefined ? undefined : await read(failureLocation, maxBytes, signal);
      if (failure !== undefined) throw failed(failureLocation ?? "", failure);
      await clock.sleep(pauseMs, signal);
    }
  }

  return (locations) => async (options) => {
    const {
      signal,
      timeoutMs = usualMs,
      maxBytes = usualBytes,
    } = checkOptions<ResultOptions>(options, resultShapes, refuseOption);
    try {
      return await withDeadline(timeoutMs, "call", clock, signal, (either) => wait(locations, maxBytes, either));
    } catch (error) {
      throw error instanceof SageMakerError ? addDetails(error, { ...locations }) : error;
    }
  };
}

async function readAll(answer: PlatformAnswer, maxBytes: number, location: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.chunks()) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new SageMakerError(
        "BODY_TOO_LARGE",
        `maxBytes: the output is larger than ${maxBytes} bytes; read it from ${excerpt(location, 1024)}`,
      );
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The report is the model's own text, so it stays out of the message. */
function failed(location: string, { body }: InvokeAnswer): SageMakerError {
  return new SageMakerError("INVOCATION_FAILED", `the invocation failed; the report is in ${excerpt(location, 1024)}`, {
    originalMessage: excerpt(textOf(body), 4096),
  });
}

function denied(location: string, cause: SageMakerError): SageMakerError {
  const { status, requestId } = cause;
  return new SageMakerError(
    "AccessDeniedException",
    `S3 refused to read ${excerpt(location, 1024)}: allow s3:GetObject on it and s3:ListBucket on its bucket`,
    { status, requestId, cause },
  );
}
