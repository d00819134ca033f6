/** The hosts this project knows by name. */
export type EndpointKind =
  | "sagemaker"
  | "sagemaker-runtime"
  | "sagemaker-runtime-http2"
  | "sagemaker-a2i-runtime"
  | "sagemaker-featurestore-runtime"
  | "sagemaker-metrics"
  | "sagemaker-edge"
  | "sagemaker-geospatial"
  | "sagemaker-job-runtime"
  | "sts"
  | "ecr"
  | "ec2"
  | "s3";

/** Which of a service's hosts to use. Default: the regional one. */
export interface EndpointOptions {
  /** An endpoint of your own; excludes the other options. Default: AWS's host. `https:`, or `http:` to this very machine. */
  readonly url?: string | URL | undefined;
  /** The host whose cryptography is validated under FIPS 140. Default: false. */
  readonly fips?: boolean | undefined;
  /** The host that answers on IPv4 and IPv6. Default: false. */
  readonly dualStack?: boolean | undefined;
  /** Id of an interface VPC endpoint as in its DNS name: `vpce-<id>-<suffix>`, with `-<zone>` for one zone only. */
  readonly vpcEndpoint?: string | undefined;
}

/** What `resolveEndpoint` takes. */
export interface EndpointRequest extends EndpointOptions {
  readonly service: EndpointKind;
  /** Such as `eu-west-1`; `aws-global` names the global host of STS and S3, signed for us-east-1. */
  readonly region: string;
}

/** A host and what to sign for it. */
export interface Endpoint {
  readonly url: URL;
  /** Value of the `Host` header: with the port where it is not 443. */
  readonly host: string;
  readonly service: EndpointKind;
  /** Service of the credential scope: `sagemaker` for most SageMaker hosts. */
  readonly signingName: string;
  /** Region of the credential scope. */
  readonly signingRegion: string;
  readonly partition: string;
  /** The host is a FIPS host; in GovCloud some plain hosts are. */
  readonly fips: boolean;
  /** The host is a dual-stack host; some services have no other. */
  readonly dualStack: boolean;
  readonly vpcEndpoint?: { readonly id: string; readonly zone?: string };
  /** AWS lists this host. `false`: AWS's rules form it, but nothing says that it is there. */
  readonly published: boolean;
}
