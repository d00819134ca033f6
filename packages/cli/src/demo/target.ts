import type { SageMakerEndpoint } from "@countersign/sagemaker";
import type { CredentialProvider, Credentials } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import type { Transport } from "@countersign/transport";

/** What the demo runs against: the embedded local AWS, or a real account. */
export interface DemoTarget {
  readonly name: "local" | "aws";
  readonly region: string;
  /** PEM of the certificate authority to trust, for the local AWS. */
  readonly ca?: string;
  /** Where the credentials come from that the role is assumed with. */
  readonly source: (transport: Transport) => Credentials | Promise<CredentialProvider>;
  /** Absent: the source's own credentials sign. */
  readonly roleArn?: string;
  readonly endpointName: string;
  readonly sts: EndpointOptions;
  readonly sagemaker: SageMakerEndpoint;
  /** A server that offers only static RSA key exchange, which must be refused. */
  readonly weakOrigin?: string;
  close(): Promise<void>;
}
