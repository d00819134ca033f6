import type { AwsCredentials, CredentialProvider, CredentialRejection, MemoizedProvider } from "@countersign/signer";
import { renewing } from "./renewing.ts";

/** `renewing`, with what vended credentials need besides: a look at what is held, and a way to drop it. */
export function holding(source: CredentialProvider): MemoizedProvider {
  let held: AwsCredentials | undefined;
  let provider = renewing(source);

  async function provide(): Promise<AwsCredentials> {
    return (held = await provider());
  }

  return Object.assign(provide, {
    memoized: true as const,
    peek: () => (held && Number(held.expiration ?? Infinity) > Date.now() ? held : undefined),
    invalidate({ accessKeyId }: CredentialRejection) {
      if (held?.accessKeyId !== accessKeyId) return;
      held = undefined;
      provider = renewing(source);
    },
  });
}
