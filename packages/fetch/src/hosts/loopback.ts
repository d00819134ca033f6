import { isLoopbackHost } from "@countersign/signer/endpoints";

/** True where plaintext does not leave the machine. */
export function isLoopback(url: URL): boolean {
  return isLoopbackHost(url.hostname);
}
