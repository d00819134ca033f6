import type { SageMakerEndpoint } from "@countersign/sagemaker";
import type { CredentialProvider, Credentials } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import type { Transport } from "@countersign/transport";

/** The AWS of a demo: the embedded local one, or a real account. */
export interface DemoTarget {
  readonly name: "local" | "aws";
  readonly region: string;
  /** PEM of the certificate authority to trust, for the local AWS. */
  readonly ca?: string;
  /** The credentials that assume the role. */
  readonly source: (transport: Transport) => Credentials | Promise<CredentialProvider>;
  /** Without a role the source's own credentials sign. */
  readonly roleArn?: string;
  readonly endpointName: string;
  readonly sts: EndpointOptions;
  readonly sagemaker: SageMakerEndpoint;
  /** A server that offers only static RSA key exchange. The demo shows that it is refused. */
  readonly weakOrigin?: string;
  close(): Promise<void>;
}
