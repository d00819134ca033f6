import { isLoopbackHost } from "@countersign/signer/endpoints";
import type { RefuseField } from "@countersign/signer/schema";

/** An address to serve on. */
export interface ListenConfig {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  readonly port: number;
  /** PEM files. They may be left out on addresses that do not leave the machine. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Where a secret is: in a file or a variable, never in the configuration. */
export type SecretReference = { readonly file: string } | { readonly env: string };

/** The listener for operators. */
export type AdminConfig = ListenConfig & { readonly token?: SecretReference };

/** A certificate comes with its key. */
export function checkPair(where: Partial<ListenConfig>, at: string, refuse: RefuseField): void {
  if ((where.certificate === undefined) !== (where.key === undefined)) {
    refuse(at, "must have both certificate and key, or neither");
  }
}

/** Probes and Prometheus come in plain HTTP, as they do everywhere; a token must not cross a network like that. */
export function checkAdmin(admin: AdminConfig, refuse: RefuseField): void {
  checkPair(admin, "/admin", refuse);
  const { host = "127.0.0.1", certificate, token } = admin;
  if (token !== undefined && certificate === undefined && !isLoopbackHost(host)) {
    refuse("/admin", `must have certificate and key with a token: other machines reach ${host}`);
  }
}

/** Two listeners of one address: the public one would answer for operators, or the other way round. */
export function checkAddresses(
  listeners: readonly (readonly [at: string, where: { readonly host?: string | undefined; readonly port: number }])[],
  refuse: RefuseField,
): void {
  const taken = new Set<string>();
  for (const [at, { host = "127.0.0.1", port }] of listeners) {
    const address = `${host} ${port}`;
    if (port !== 0 && taken.has(address)) refuse(`${at}/port`, "must not be the address of another listener");
    taken.add(address);
  }
}
