import type { AwsCredentials } from "@countersign/signer";
import type { HttpHandler } from "@countersign/transport";

/**
 * The credential chain of AWS's SDK: environment, profile, SSO, web identity, container, instance. Loaded when it is
 * first asked, and called over our TLS wherever it calls AWS.
 */
export function defaultProvider(region: string, requestHandler: HttpHandler): () => Promise<AwsCredentials> {
  let chain: (() => Promise<AwsCredentials>) | undefined;
  return async () => {
    if (chain === undefined) {
      const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
      chain ??= fromNodeProviderChain({ clientConfig: { region, requestHandler } });
    }
    return chain();
  };
}
