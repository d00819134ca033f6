import type { AwsCredentials, Signer } from "@countersign/signer";
import { Refusal } from "../refusal.ts";

/** Whose signature the Authorization header is. */
const KEY_ID = /Credential=([^/]+)\//u;

/**
 * The credentials that a request was signed with, for what its answer quotes. They can have been renewed since they were
 * asked for: while a connection was opened, or because AWS refused those of another request.
 *
 * @param headers as they were signed, names and values in turn.
 */
export function signedWith(credentials: AwsCredentials, headers: readonly string[]): AwsCredentials {
  const valueOf = (name: string): string | undefined => {
    const at = headers.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name);
    return at < 0 ? undefined : headers[at + 1];
  };
  const sessionToken = valueOf("x-amz-security-token");
  const accessKeyId = KEY_ID.exec(valueOf("authorization") ?? "")?.[1] ?? "";
  if (accessKeyId === credentials.accessKeyId && (sessionToken ?? "") === (credentials.sessionToken ?? ""))
    return credentials;
  return { accessKeyId, secretAccessKey: "", sessionToken };
}

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
