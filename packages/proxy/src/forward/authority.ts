import { createSecureContext, type SecureContext } from "node:tls";
import { AgingMap } from "@countersign/signer";
import { serverTlsOptions } from "@countersign/transport";

/** A certificate authority of this proxy's own: only its clients should trust it. */
export interface Authority {
  /** Its certificate, PEM: for the client's `AWS_CA_BUNDLE` or `NODE_EXTRA_CA_CERTS`. */
  readonly certificate: string;
  /** A server's certificate for a host, made when it is first needed. */
  contextFor(hostname: string): Promise<SecureContext>;
}

/**
 * Hosts of a generation. AWS's hosts that one proxy reaches are a few dozen, and a client that names many more does not
 * displace a host that connections go to.
 */
const MAX_HOSTS = 1000;
const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 30;
const SIGNING = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * Makes an authority that lives as long as the proxy. Its key never leaves the process. Certificates are written by
 * `@peculiar/x509`, which is loaded by this call.
 *
 * @param maxHosts hosts of a generation of the certificates that are kept.
 */
export async function createAuthority(
  name: string,
  now: () => number,
  maxHosts: number = MAX_HOSTS,
): Promise<Authority> {
  // Its container for extensions reads metadata of decorators as soon as it is loaded.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const { subtle } = globalThis.crypto;
  const validity = (): { readonly notBefore: Date; readonly notAfter: Date } => ({
    notBefore: new Date(now() - DAY_MS),
    notAfter: new Date(now() + LIFETIME_DAYS * DAY_MS),
  });
  const serialNumber = (): string => Buffer.from(globalThis.crypto.getRandomValues(new Uint8Array(15))).toString("hex");
  const keys = await subtle.generateKey(SIGNING, false, ["sign", "verify"]);
  const issuer = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${serialNumber()}`,
    name: `CN=countersign proxy ${name}`,
    ...validity(),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const contexts = new AgingMap<string, { readonly until: number; readonly context: Promise<SecureContext> }>(maxHosts);

  async function issue(hostname: string): Promise<SecureContext> {
    const own = await subtle.generateKey(SIGNING, true, ["sign", "verify"]);
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: `01${serialNumber()}`,
      subject: "CN=countersign proxy",
      issuer: issuer.subject,
      ...validity(),
      signingAlgorithm: SIGNING,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: "dns", value: hostname }]),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const key = Buffer.from(await subtle.exportKey("pkcs8", own.privateKey)).toString("base64");
    return createSecureContext({
      ...serverTlsOptions(),
      cert: leaf.toString("pem"),
      key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
    });
  }

  return {
    certificate: issuer.toString("pem"),
    contextFor(hostname) {
      const kept = contexts.get(hostname);
      if (kept !== undefined && now() < kept.until) return kept.context;
      const context = issue(hostname);
      // A certificate that could not be made is asked for again.
      context.catch(() => contexts.delete(hostname));
      contexts.set(hostname, { until: now() + (LIFETIME_DAYS / 2) * DAY_MS, context });
      return context;
    },
  };
}
