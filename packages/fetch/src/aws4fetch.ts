export {
  AwsClient,
  type AwsClientOptions,
  type AwsRequestInit,
  type AwsSigningOptions,
} from "./aws4fetch/aws-client.ts";
