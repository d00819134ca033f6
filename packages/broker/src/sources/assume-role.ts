import type { AwsCredentials, Clock } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import { usable } from "../model/usable.ts";
import { CLOCK_DOUBT_MS, checkPrincipal } from "../sts/sts-answer.ts";
import { stsFailure } from "../sts/sts-error.ts";
import { createStsClient } from "../sts/sts-client.ts";
import type { StsInput, StsOperation } from "../sts/sts.ts";
import type { SourceContext } from "./source-context.ts";
import { failed, invalid } from "./source-errors.ts";

/** What STS grants where a request names no duration. */
const DEFAULT_SECONDS = 3600;
/** The deadline of one call of STS. */
const STS_MS = 15_000;

/** One call of STS for a source. */
export interface StsCall {
  readonly operation: Extract<StsOperation, "AssumeRole" | "AssumeRoleWithWebIdentity">;
  readonly input: StsInput;
  readonly credentials: AwsCredentials | undefined;
  readonly region: string;
  readonly endpoint: EndpointOptions;
  /** Names the setting in errors. */
  readonly place: string;
}

/** Gets credentials from STS, over the transport of the source. @throws BrokerError */
export async function callSts(call: StsCall, { transport, clock, signal }: SourceContext): Promise<AwsCredentials> {
  const { operation, input, credentials, region, endpoint, place } = call;
  const sts = createStsClient({ requestHandler: transport.requestHandler(), endpoint: () => endpoint, clock });
  const limit = AbortSignal.timeout(STS_MS);
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const answer = await sts(operation, input, { region, credentials, signal: either }).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (limit.aborted) throw failed(`${place}: STS did not answer within ${STS_MS / 1000} s`);
    // The endpoint or the Region of the profile, or a key that cannot sign. The signer's messages hold no secret.
    const { name, code, message } = Object(error) as Partial<Record<"name" | "code" | "message", unknown>>;
    if (name === "SignerError" && String(code).startsWith("INVALID_"))
      throw invalid(`${place}: STS: ${String(message)}`);
    throw stsFailure(error, operation, region).error;
  });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !(Expiration instanceof Date)) {
    throw failed(`${place}: the answer of STS must have keys, a token and an expiration`);
  }
  const accountId = checkPrincipal(answer, { operation, input, accountId: undefined });
  return usable(
    {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: asAskedAtMost(Expiration, answer.date, input, clock),
      ...(accountId !== undefined && { accountId }),
    },
    `${place}: the answer of STS`,
    failed,
  );
}

/** A later expiration than was asked for is not passed on. Of the two clocks the later one counts, since one may be wrong. */
function asAskedAtMost(stated: Date, answered: Date | undefined, input: StsInput, clock: Clock): Date {
  const seconds = typeof input["DurationSeconds"] === "number" ? input["DurationSeconds"] : DEFAULT_SECONDS;
  const latest = Math.max(answered?.getTime() ?? 0, clock.now()) + seconds * 1000 + CLOCK_DOUBT_MS;
  // An Invalid Date stays one, and is refused.
  return stated.getTime() > latest ? new Date(latest) : stated;
}
