export {
  AwsClient,
  type AwsClientOptions,
  type AwsRequestInit,
  type AwsRequestInput,
  type AwsSigningOptions,
} from "./aws4fetch/aws-client.ts";
