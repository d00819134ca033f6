import type { AwsCredentials, Signer } from "@countersign/signer";
import { Refusal } from "../refusal.ts";

/** The credentials to sign with. @throws Refusal `ServiceUnavailable`. */
export async function credentialsOf(signer: Signer, signal: AbortSignal, minTtlMs?: number): Promise<AwsCredentials> {
  try {
    return await signer.credentials({ signal, minTtlMs });
  } catch (error) {
    const { code } = Object(error) as { readonly code?: unknown };
    const message = "The proxy has no credentials for this client at the moment.";
    throw new Refusal(503, "ServiceUnavailable", message, String(code ?? error));
  }
}
