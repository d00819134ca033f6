import type { AwsCredentials } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import { stsFailure } from "../sts/sts-error.ts";
import { createStsClient } from "../sts/sts-client.ts";
import type { StsInput, StsOperation } from "../sts/sts.ts";
import type { SourceContext } from "./source-context.ts";
import { failed } from "./source-errors.ts";

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
    throw stsFailure(error, operation, region).error;
  });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !(Expiration instanceof Date)) {
    throw failed(`${place}: the answer of STS must have keys, a token and an expiration`);
  }
  const accountId = /^arn:[^:]+:sts::(\d{12}):/u.exec(answer.AssumedRoleUser?.Arn ?? "")?.[1];
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
    ...(accountId !== undefined && { accountId }),
  };
}
