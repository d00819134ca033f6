import type { AwsCredentials, CredentialProvider } from "@countersign/signer";
import type { HttpHandler } from "@countersign/transport";

/**
 * The credential chain of AWS's SDK: environment, profile, SSO, web identity, container, instance. Loaded with the first
 * call. Its own calls to AWS go over our transport.
 */
export function defaultProvider(region: string, requestHandler: HttpHandler): CredentialProvider {
  let chain: ((o: { readonly forceRefresh: boolean }) => Promise<AwsCredentials>) | undefined;
  return async ({ forceRefresh = false } = {}) => {
    if (chain === undefined) {
      const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
      chain ??= fromNodeProviderChain({ clientConfig: { region, requestHandler } });
    }
    return chain({ forceRefresh });
  };
}
