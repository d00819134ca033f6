import type { Aws, LocalCredentials } from "@countersign/testing";

/** Who signs a call: default the first user. */
type Signer = "session" | undefined;

/** An input; a text such as `$accessToken` stands for that member of an earlier answer. */
export interface Asked {
  readonly input: Readonly<Record<string, unknown>>;
  readonly signer?: Signer;
}

export const account = "123456789012";
export const worker = `arn:aws:iam::${account}:role/worker`;
export const saml = `arn:aws:iam::${account}:saml-provider/idp`;
export const featureGroup = "group";
export const device = { DeviceName: "camera", DeviceFleetName: "fleet" };

const FlowDefinitionArn = `arn:aws:sagemaker:us-east-1:${account}:flow-definition/flow`;
const id = "1";
const FeatureGroupName = featureGroup;
const Record = [
  { FeatureName: "id", ValueAsString: id },
  { FeatureName: "at", ValueAsString: "2026-01-01T00:00:00Z" },
];
const oneObject = { Bucket: "bucket", Key: "key" };
const image = { repositoryName: "team/model", imageId: { imageTag: "v1" } };
const client = { clientId: "$clientId", clientSecret: "$clientSecret" };

/** What the calls need that only a running local AWS has. */
export interface Prepared {
  readonly encodedMessage: string;
  readonly session: LocalCredentials;
}

/**
 * A valid input for every operation that is served beside the control plane, in an order in which each succeeds. By the
 * service's name in botocore, which the SDK's packages have too (`@aws-sdk/client-…`).
 */
export const callsOf = (aws: Aws, prepared: Prepared): Readonly<Record<string, Readonly<Record<string, Asked>>>> => ({
  "sagemaker-runtime": {
    InvokeEndpoint: { input: { EndpointName: "e", Body: "x" } },
    InvokeEndpointAsync: { input: { EndpointName: "e", InputLocation: "s3://bucket/key" } },
    InvokeEndpointWithResponseStream: { input: { EndpointName: "e", Body: "x" } },
  },
  "sagemaker-featurestore-runtime": {
    PutRecord: { input: { FeatureGroupName, Record } },
    UpdateRecord: {
      input: {
        FeatureGroupName,
        RecordIdentifierValueAsString: id,
        Features: [{ FeatureName: "at", ValueAsString: "2026-01-01T00:00:01Z" }],
      },
    },
    GetRecord: { input: { FeatureGroupName, RecordIdentifierValueAsString: id } },
    ListRecords: { input: { FeatureGroupName } },
    BatchGetRecord: { input: { Identifiers: [{ FeatureGroupName, RecordIdentifiersValueAsString: [id, "2"] }] } },
    BatchWriteRecord: {
      input: {
        Entries: [
          { FeatureGroupName, Record },
          { FeatureGroupName: "none", Record },
        ],
      },
    },
    DeleteRecord: {
      input: { FeatureGroupName, RecordIdentifierValueAsString: id, EventTime: "2026-01-02T00:00:00Z" },
    },
  },
  "sagemaker-metrics": {
    BatchPutMetrics: {
      input: {
        TrialComponentName: "component",
        MetricData: [{ MetricName: "loss", Timestamp: 1_760_000_000, Value: 0.5 }],
      },
    },
    BatchGetMetrics: {
      input: {
        MetricQueries: [
          {
            MetricName: "loss",
            ResourceArn: `arn:aws:sagemaker:us-east-1:${account}:experiment-trial-component/component`,
            MetricStat: "Avg",
            Period: "FiveMinute",
            XAxisType: "Timestamp",
          },
        ],
      },
    },
  },
  "sagemaker-edge": {
    GetDeployments: { input: device },
    GetDeviceRegistration: { input: device },
    SendHeartbeat: { input: { ...device, AgentVersion: "1.0" } },
  },
  "sagemaker-a2i-runtime": {
    StartHumanLoop: { input: { HumanLoopName: "loop", FlowDefinitionArn, HumanLoopInput: { InputContent: "{}" } } },
    DescribeHumanLoop: { input: { HumanLoopName: "loop" } },
    ListHumanLoops: { input: { FlowDefinitionArn } },
    StopHumanLoop: { input: { HumanLoopName: "loop" } },
    DeleteHumanLoop: { input: { HumanLoopName: "loop" } },
  },
  sts: {
    AssumeRole: { input: { RoleArn: worker, RoleSessionName: "test" } },
    AssumeRoleWithSAML: { input: { RoleArn: worker, PrincipalArn: saml, SAMLAssertion: "PHNhbWw+" } },
    AssumeRoleWithWebIdentity: {
      input: { RoleArn: worker, RoleSessionName: "test", WebIdentityToken: aws.issuer.token({ subject: "me" }) },
    },
    AssumeRoot: {
      input: {
        TargetPrincipal: "210987654321",
        TaskPolicyArn: { arn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" },
      },
    },
    DecodeAuthorizationMessage: { input: { EncodedMessage: prepared.encodedMessage } },
    GetAccessKeyInfo: { input: { AccessKeyId: aws.user.accessKeyId } },
    GetCallerIdentity: { input: {} },
    GetDelegatedAccessToken: { input: { TradeInToken: aws.role(worker).tradeInToken() } },
    GetFederationToken: { input: { Name: "someone" } },
    GetScopedCredentials: { input: { DurationSeconds: 60 }, signer: "session" },
    GetSessionToken: { input: {} },
    GetWebIdentityToken: { input: { Audience: ["https://example.com"], SigningAlgorithm: "ES384" } },
  },
  "sso-oidc": {
    RegisterClient: { input: { clientName: "test", clientType: "public" } },
    StartDeviceAuthorization: { input: { ...client, startUrl: "https://example.awsapps.com/start" } },
    CreateToken: {
      input: { ...client, grantType: "urn:ietf:params:oauth:grant-type:device_code", deviceCode: "$deviceCode" },
    },
  },
  sso: {
    ListAccounts: { input: { accessToken: "$accessToken" } },
    ListAccountRoles: { input: { accessToken: "$accessToken", accountId: account } },
    GetRoleCredentials: { input: { accessToken: "$accessToken", accountId: account, roleName: "worker" } },
    Logout: { input: { accessToken: "$accessToken" } },
  },
  s3: {
    PutObject: { input: { ...oneObject, Body: "hello" } },
    HeadObject: { input: oneObject },
    GetObject: { input: oneObject },
    DeleteObject: { input: oneObject },
  },
  ecr: {
    DescribeImages: { input: { repositoryName: "team/model" } },
    DescribeImageScanFindings: { input: image },
    StartImageScan: { input: image },
  },
  ec2: { DescribeSubnets: { input: {} } },
});

/** Of these services every operation is served; of the others those of the table, which the README lists. */
export const whole: readonly string[] = [
  "sagemaker-runtime",
  "sagemaker-featurestore-runtime",
  "sagemaker-metrics",
  "sagemaker-edge",
  "sagemaker-a2i-runtime",
  "sts",
  "sso",
];
