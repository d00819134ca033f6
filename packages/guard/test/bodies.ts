/** Requests as teams write them: each keeps the locked posture, and each test breaks one thing about one of them. */

export const subnets = ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"] as const;
export const groups = ["sg-0a1b2c3d4e5f60718"];
export const zones = { [subnets[0]]: "euw1-az1", [subnets[1]]: "euw1-az2" };
const vpc = { Subnets: subnets, SecurityGroupIds: groups };
const key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const role = "arn:aws:iam::111122223333:role/sagemaker-execution";
const digest = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
export const image = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn@${digest}`;

const network = { VpcConfig: vpc, EnableNetworkIsolation: true, EnableInterContainerTrafficEncryption: true };
const monitoring = (kind: string, config: object) => ({
  JobDefinitionName: `churn-${kind.toLowerCase()}`,
  [`${kind}AppSpecification`]: { ImageUri: image, ...config },
  [`${kind}JobInput`]: {
    EndpointInput: { EndpointName: "churn", LocalPath: "/opt/ml/processing/input" },
    ...(kind === "ModelBias" || kind === "ModelQuality" ? { GroundTruthS3Input: { S3Uri: "s3://ml-data/truth" } } : {}),
  },
  [`${kind}JobOutputConfig`]: {
    KmsKeyId: key,
    MonitoringOutputs: [{ S3Output: { S3Uri: "s3://ml-data/monitor", LocalPath: "/opt/ml/processing/output" } }],
  },
  JobResources: {
    ClusterConfig: { InstanceCount: 2, InstanceType: "ml.m5.xlarge", VolumeSizeInGB: 30, VolumeKmsKeyId: key },
  },
  // Bias and explainability jobs run Clarify, which must reach its shadow endpoint.
  NetworkConfig:
    kind === "ModelBias" || kind === "ModelExplainability"
      ? { VpcConfig: vpc, EnableInterContainerTrafficEncryption: true }
      : network,
  RoleArn: role,
});

const training = {
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: "File" },
  RoleArn: role,
  InputDataConfig: [
    {
      ChannelName: "train",
      DataSource: {
        S3DataSource: {
          S3DataType: "S3Prefix",
          S3Uri: "s3://ml-data/train",
          S3DataDistributionType: "FullyReplicated",
        },
      },
    },
  ],
  OutputDataConfig: { S3OutputPath: "s3://ml-data/models", KmsKeyId: key },
  ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 2, VolumeSizeInGB: 50, VolumeKmsKeyId: key },
  StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
  ...network,
};

const schedule = {
  MonitoringScheduleName: "churn-hourly",
  MonitoringScheduleConfig: {
    ScheduleConfig: { ScheduleExpression: "cron(0 * ? * * *)" },
    MonitoringJobDefinition: {
      MonitoringInputs: [{ EndpointInput: { EndpointName: "churn", LocalPath: "/opt/ml/processing/input" } }],
      MonitoringOutputConfig: {
        KmsKeyId: key,
        MonitoringOutputs: [{ S3Output: { S3Uri: "s3://ml-data/monitor", LocalPath: "/opt/ml/processing/output" } }],
      },
      MonitoringResources: {
        ClusterConfig: { InstanceCount: 2, InstanceType: "ml.m5.xlarge", VolumeSizeInGB: 30, VolumeKmsKeyId: key },
      },
      MonitoringAppSpecification: { ImageUri: image },
      NetworkConfig: network,
      RoleArn: role,
    },
  },
};

const transform = {
  TransformInput: { DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://ml-data/batch" } } },
  TransformOutput: { S3OutputPath: "s3://ml-data/scores", KmsKeyId: key },
  TransformResources: { InstanceType: "ml.m5.xlarge", InstanceCount: 1, VolumeKmsKeyId: key },
};

const step = (Name: string, Type: string, Arguments: object) => ({ Name, Type, Arguments });

/** A definition as the Python SDK writes it. */
export const definition = {
  Version: "2020-12-01",
  Metadata: {},
  Parameters: [{ Name: "Mse", Type: "Float", DefaultValue: 6 }],
  Steps: [
    step("Train", "Training", training),
    step("Check", "Condition", {
      Conditions: [{ Type: "LessThanOrEqualTo", LeftValue: 1, RightValue: { Get: "Parameters.Mse" } }],
      IfSteps: [
        step("Make", "Model", {
          PrimaryContainer: {
            Image: image,
            ImageConfig: { RepositoryAccessMode: "Vpc" },
            ModelDataUrl: { Get: "Steps.Train.ModelArtifacts.S3ModelArtifacts" },
          },
          VpcConfig: vpc,
          EnableNetworkIsolation: true,
        }),
        step("Score", "Transform", { ModelName: { Get: "Steps.Make.ModelName" }, ...transform }),
      ],
      ElseSteps: [step("Stop", "Fail", { ErrorMessage: "too far off" })],
    }),
  ],
};
const pipeline = {
  PipelineName: "churn",
  PipelineDefinition: JSON.stringify(definition),
  ClientRequestToken: "0123456789abcdef0123456789abcdef",
  RoleArn: role,
};

/** One body per operation. */
export const bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  CreateTrainingJob: { TrainingJobName: "churn-2026-11-23", ...training },
  UpdateTrainingJob: {
    TrainingJobName: "churn-2026-11-23",
    RemoteDebugConfig: { EnableRemoteDebug: false },
    ProfilerRuleConfigurations: [{ RuleConfigurationName: "profile", RuleEvaluatorImage: image }],
  },
  CreateHyperParameterTuningJob: {
    HyperParameterTuningJobName: "churn-tuning",
    HyperParameterTuningJobConfig: {
      Strategy: "Bayesian",
      ResourceLimits: { MaxNumberOfTrainingJobs: 20, MaxParallelTrainingJobs: 2 },
    },
    TrainingJobDefinitions: [
      { DefinitionName: "xgb", ...training },
      { DefinitionName: "mlp", ...training },
    ],
  },
  CreateProcessingJob: {
    ProcessingJobName: "features-2026-11-23",
    AppSpecification: { ImageUri: image, ContainerEntrypoint: ["python3", "/opt/features.py"] },
    ProcessingResources: {
      ClusterConfig: { InstanceCount: 2, InstanceType: "ml.m5.4xlarge", VolumeSizeInGB: 100, VolumeKmsKeyId: key },
    },
    ProcessingInputs: [
      {
        InputName: "orders",
        DatasetDefinition: {
          AthenaDatasetDefinition: {
            Catalog: "AwsDataCatalog",
            Database: "shop",
            QueryString: "SELECT 1",
            OutputS3Uri: "s3://ml-data/athena",
            OutputFormat: "PARQUET",
            KmsKeyId: key,
          },
        },
      },
    ],
    ProcessingOutputConfig: {
      KmsKeyId: key,
      Outputs: [
        {
          OutputName: "features",
          S3Output: { S3Uri: "s3://ml-data/features", LocalPath: "/opt/ml/processing/out", S3UploadMode: "EndOfJob" },
        },
      ],
    },
    NetworkConfig: network,
    RoleArn: role,
  },
  CreateDataQualityJobDefinition: monitoring("DataQuality", {}),
  CreateModelBiasJobDefinition: monitoring("ModelBias", { ConfigUri: "s3://ml-data/bias.json" }),
  CreateModelExplainabilityJobDefinition: monitoring("ModelExplainability", { ConfigUri: "s3://ml-data/shap.json" }),
  CreateModelQualityJobDefinition: monitoring("ModelQuality", { ProblemType: "BinaryClassification" }),
  CreateMonitoringSchedule: schedule,
  UpdateMonitoringSchedule: schedule,
  CreateAutoMLJob: {
    AutoMLJobName: "churn-auto",
    InputDataConfig: [
      {
        DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://ml-data/train" } },
        TargetAttributeName: "y",
      },
    ],
    OutputDataConfig: { S3OutputPath: "s3://ml-data/auto", KmsKeyId: key },
    AutoMLJobConfig: {
      SecurityConfig: { VolumeKmsKeyId: key, EnableInterContainerTrafficEncryption: true, VpcConfig: vpc },
    },
    RoleArn: role,
  },
  CreateAutoMLJobV2: {
    AutoMLJobName: "churn-auto-2",
    AutoMLJobInputDataConfig: [{ DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://ml-data/t" } } }],
    OutputDataConfig: { S3OutputPath: "s3://ml-data/auto", KmsKeyId: key },
    AutoMLProblemTypeConfig: { TabularJobConfig: { TargetAttributeName: "y" } },
    SecurityConfig: { VolumeKmsKeyId: key, EnableInterContainerTrafficEncryption: true, VpcConfig: vpc },
    RoleArn: role,
  },
  CreateCompilationJob: {
    CompilationJobName: "churn-neo",
    RoleArn: role,
    InputConfig: { S3Uri: "s3://ml-data/model.tar.gz", Framework: "PYTORCH" },
    OutputConfig: { S3OutputLocation: "s3://ml-data/neo", TargetDevice: "ml_c5", KmsKeyId: key },
    VpcConfig: vpc,
    StoppingCondition: { MaxRuntimeInSeconds: 900 },
  },
  CreateOptimizationJob: {
    OptimizationJobName: "llm-quantize",
    RoleArn: role,
    ModelSource: { S3: { S3Uri: "s3://ml-data/llm" } },
    DeploymentInstanceType: "ml.g5.12xlarge",
    OptimizationConfigs: [
      { ModelQuantizationConfig: { Image: image, OverrideEnvironment: { OPTION_QUANTIZE: "awq" } } },
    ],
    OutputConfig: { S3OutputLocation: "s3://ml-data/llm-awq", KmsKeyId: key },
    VpcConfig: vpc,
    StoppingCondition: { MaxRuntimeInSeconds: 36_000 },
  },
  CreateInferenceRecommendationsJob: {
    JobName: "churn-sizing",
    JobType: "Default",
    RoleArn: role,
    InputConfig: {
      ModelName: "churn",
      VolumeKmsKeyId: key,
      VpcConfig: vpc,
    },
    OutputConfig: { KmsKeyId: key },
  },
  CreateAIBenchmarkJob: {
    AIBenchmarkJobName: "llm-benchmark",
    BenchmarkTarget: { Endpoint: { Identifier: "llm" } },
    OutputConfig: { S3OutputLocation: "s3://ml-data/benchmark" },
    AIWorkloadConfigIdentifier: "chat",
    RoleArn: role,
    NetworkConfig: { VpcConfig: vpc },
  },
  CreateLabelingJob: {
    LabelingJobName: "invoices",
    LabelAttributeName: "kind",
    InputConfig: { DataSource: { S3DataSource: { ManifestS3Uri: "s3://ml-data/invoices.manifest" } } },
    OutputConfig: { S3OutputPath: "s3://ml-data/labels", KmsKeyId: key },
    RoleArn: role,
    LabelingJobAlgorithmsConfig: {
      LabelingJobAlgorithmSpecificationArn:
        "arn:aws:sagemaker:eu-west-1:568282634449:labeling-job-algorithm-specification/text-classification",
      LabelingJobResourceConfig: { VolumeKmsKeyId: key, VpcConfig: vpc },
    },
  },
  CreateJob: {
    JobName: "agent-tuning",
    RoleArn: role,
    JobCategory: "AgentRFT",
    JobConfigSchemaVersion: "1.0",
    JobConfigDocument: JSON.stringify({ Compute: { VpcConfig: vpc, EnableNetworkIsolation: true } }),
  },
  CreateCluster: {
    ClusterName: "pretraining",
    InstanceGroups: [
      {
        InstanceGroupName: "workers",
        InstanceCount: 8,
        InstanceType: "ml.p5.48xlarge",
        ExecutionRole: role,
        OverrideVpcConfig: vpc,
        InstanceStorageConfigs: [{ EbsVolumeConfig: { VolumeSizeInGB: 500, VolumeKmsKeyId: key } }],
      },
    ],
    RestrictedInstanceGroups: [
      {
        InstanceGroupName: "restricted",
        InstanceCount: 2,
        InstanceType: "ml.p5.48xlarge",
        ExecutionRole: role,
        OverrideVpcConfig: vpc,
        InstanceStorageConfigs: [{ EbsVolumeConfig: { VolumeSizeInGB: 500, VolumeKmsKeyId: key } }],
      },
    ],
    VpcConfig: vpc,
  },
  UpdateCluster: {
    ClusterName: "pretraining",
    InstanceGroups: [
      {
        InstanceGroupName: "workers",
        InstanceCount: 16,
        InstanceType: "ml.p5.48xlarge",
        ExecutionRole: role,
        OverrideVpcConfig: vpc,
        InstanceStorageConfigs: [{ EbsVolumeConfig: { VolumeSizeInGB: 500, VolumeKmsKeyId: key } }],
      },
    ],
  },
  CreateModel: {
    ModelName: "churn",
    ExecutionRoleArn: role,
    PrimaryContainer: {
      Image: image,
      ImageConfig: { RepositoryAccessMode: "Vpc" },
      ModelDataUrl: "s3://ml-data/models/churn.tar.gz",
    },
    VpcConfig: vpc,
    EnableNetworkIsolation: true,
  },
  CreateEndpointConfig: {
    EndpointConfigName: "churn",
    ExecutionRoleArn: role,
    ProductionVariants: [
      {
        VariantName: "main",
        InstanceType: "ml.m5.xlarge",
        InitialInstanceCount: 2,
        CoreDumpConfig: { DestinationS3Uri: "s3://ml-data/cores", KmsKeyId: key },
      },
    ],
    ShadowProductionVariants: [
      {
        VariantName: "shadow",
        ModelName: "churn-next",
        InstanceType: "ml.m5.xlarge",
        InitialInstanceCount: 2,
        CoreDumpConfig: { DestinationS3Uri: "s3://ml-data/cores", KmsKeyId: key },
      },
    ],
    KmsKeyId: key,
    DataCaptureConfig: {
      InitialSamplingPercentage: 10,
      DestinationS3Uri: "s3://ml-data/capture",
      KmsKeyId: key,
      CaptureOptions: [{ CaptureMode: "Input" }],
    },
    AsyncInferenceConfig: { OutputConfig: { S3OutputPath: "s3://ml-data/async", KmsKeyId: key } },
    VpcConfig: vpc,
    EnableNetworkIsolation: true,
  },
  CreateInferenceComponent: {
    InferenceComponentName: "llm-a",
    EndpointName: "llm",
    VariantName: "main",
    Specification: { Container: { Image: image, ArtifactUrl: "s3://ml-data/llm" } },
    RuntimeConfig: { CopyCount: 2 },
  },
  UpdateInferenceComponent: {
    InferenceComponentName: "llm-a",
    Specification: { Container: { Image: image, ArtifactUrl: "s3://ml-data/llm" } },
  },
  CreateTransformJob: {
    TransformJobName: "scores-2026-11-23",
    ModelName: "churn",
    ...transform,
    DataCaptureConfig: { DestinationS3Uri: "s3://ml-data/capture", KmsKeyId: key },
  },
  CreateNotebookInstance: {
    NotebookInstanceName: "research",
    InstanceType: "ml.t3.medium",
    RoleArn: role,
    SubnetId: subnets[0],
    SecurityGroupIds: groups,
    DirectInternetAccess: "Disabled",
    RootAccess: "Disabled",
    PlatformIdentifier: "notebook-al2023-v1",
    KmsKeyId: key,
    InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: "2" },
  },
  UpdateNotebookInstance: {
    NotebookInstanceName: "research",
    RootAccess: "Disabled",
    PlatformIdentifier: "notebook-al2023-v1",
    InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: "2" },
  },
  CreatePresignedNotebookInstanceUrl: { NotebookInstanceName: "research", SessionExpirationDurationInSeconds: 1_800 },
  CreatePresignedDomainUrl: { DomainId: "d-0a1b2c3d4e5f", UserProfileName: "ana", ExpiresInSeconds: 60 },
  CreatePresignedMlflowTrackingServerUrl: { TrackingServerName: "experiments" },
  CreatePresignedMlflowAppUrl: { Arn: "arn:aws:sagemaker:eu-west-1:111122223333:mlflow-app/app-0a" },
  CreatePartnerAppPresignedUrl: { Arn: "arn:aws:sagemaker:eu-west-1:111122223333:partner-app/app-0b" },
  CreateHubContentPresignedUrls: { HubName: "models", HubContentType: "Model", HubContentName: "churn" },
  StartSession: { ResourceIdentifier: "arn:aws:sagemaker:eu-west-1:111122223333:space/d-0a1b2c3d4e5f/ana-lab" },
  CreateMlflowTrackingServer: {
    TrackingServerName: "experiments",
    ArtifactStoreUri: "s3://ml-data/mlflow",
    RoleArn: role,
    S3BucketOwnerVerification: true,
  },
  UpdateMlflowTrackingServer: { TrackingServerName: "experiments", S3BucketOwnerVerification: true },
  PutModelPackageGroupPolicy: {
    ModelPackageGroupName: "churn",
    ResourcePolicy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::444455556666:root" },
          Action: "sagemaker:DescribeModelPackage",
          Resource: "arn:aws:sagemaker:eu-west-1:111122223333:model-package/churn/*",
        },
      ],
    }),
  },
  AttachClusterNodeNetworkInterface: {
    ClusterName: "pretraining",
    NodeId: "i-0a1b2c3d4e5f60718",
    NetworkInterfaceId: "eni-0a1b2c3d4e5f60718",
  },
  CreateDomain: {
    DomainName: "studio",
    AuthMode: "IAM",
    AppNetworkAccessType: "VpcOnly",
    VpcId: "vpc-0a1b2c3d4e5f60718",
    SubnetIds: subnets,
    KmsKeyId: key,
    DefaultUserSettings: {
      ExecutionRole: role,
      SecurityGroups: groups,
      SharingSettings: { NotebookOutputOption: "Allowed", S3OutputPath: "s3://ml-data/shared", S3KmsKeyId: key },
      CanvasAppSettings: { WorkspaceSettings: { S3ArtifactPath: "s3://ml-data/canvas", S3KmsKeyId: key } },
    },
    DefaultSpaceSettings: { ExecutionRole: role, SecurityGroups: groups },
    DomainSettings: { SecurityGroupIds: groups },
  },
  UpdateDomain: {
    DomainId: "d-0a1b2c3d4e5f",
    AppNetworkAccessType: "VpcOnly",
    VpcId: "vpc-0a1b2c3d4e5f60718",
    SubnetIds: subnets,
    DefaultUserSettings: {
      SecurityGroups: groups,
      SharingSettings: { S3OutputPath: "s3://ml-data/shared", S3KmsKeyId: key },
      CanvasAppSettings: { WorkspaceSettings: { S3ArtifactPath: "s3://ml-data/canvas", S3KmsKeyId: key } },
    },
    DefaultSpaceSettings: { SecurityGroups: groups },
    DomainSettingsForUpdate: { SecurityGroupIds: groups },
  },
  CreateUserProfile: {
    DomainId: "d-0a1b2c3d4e5f",
    UserProfileName: "ana",
    UserSettings: {
      SecurityGroups: groups,
      SharingSettings: { S3OutputPath: "s3://ml-data/shared", S3KmsKeyId: key },
      CanvasAppSettings: { WorkspaceSettings: { S3ArtifactPath: "s3://ml-data/canvas", S3KmsKeyId: key } },
    },
  },
  UpdateUserProfile: {
    DomainId: "d-0a1b2c3d4e5f",
    UserProfileName: "ana",
    UserSettings: {
      SecurityGroups: groups,
      SharingSettings: { S3OutputPath: "s3://ml-data/shared", S3KmsKeyId: key },
      CanvasAppSettings: { WorkspaceSettings: { S3ArtifactPath: "s3://ml-data/canvas", S3KmsKeyId: key } },
    },
  },
  CreateSpace: { DomainId: "d-0a1b2c3d4e5f", SpaceName: "ana-lab", SpaceSettings: { RemoteAccess: "DISABLED" } },
  UpdateSpace: { DomainId: "d-0a1b2c3d4e5f", SpaceName: "ana-lab", SpaceSettings: { RemoteAccess: "DISABLED" } },
  CreateWorkforce: {
    WorkforceName: "annotators",
    SourceIpConfig: { Cidrs: ["203.0.113.0/24"] },
    WorkforceVpcConfig: { VpcId: "vpc-0a1b2c3d4e5f60718", Subnets: subnets, SecurityGroupIds: groups },
  },
  UpdateWorkforce: {
    WorkforceName: "annotators",
    SourceIpConfig: { Cidrs: ["203.0.113.0/24"] },
    WorkforceVpcConfig: { VpcId: "vpc-0a1b2c3d4e5f60718", Subnets: subnets, SecurityGroupIds: groups },
  },
  CreateWorkteam: {
    WorkteamName: "annotators",
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ["annotators"] } }],
    Description: "who labels",
    WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: { VpcSourceIp: "Enabled" } } },
  },
  UpdateWorkteam: {
    WorkteamName: "annotators",
    WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: { SourceIp: "Enabled" } } },
  },
  CreateAlgorithm: {
    AlgorithmName: "churn-algorithm",
    TrainingSpecification: {
      TrainingImage: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn",
      TrainingImageDigest: digest,
      SupportedTrainingInstanceTypes: ["ml.m5.xlarge"],
      TrainingChannels: [],
    },
    InferenceSpecification: {
      Containers: [{ Image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn", ImageDigest: digest }],
    },
    ValidationSpecification: {
      ValidationRole: role,
      ValidationProfiles: [
        {
          ProfileName: "check",
          TrainingJobDefinition: {
            OutputDataConfig: { S3OutputPath: "s3://ml-data/check", KmsKeyId: key },
            ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 1, VolumeSizeInGB: 10, VolumeKmsKeyId: key },
          },
          TransformJobDefinition: transform,
        },
      ],
    },
  },
  CreateModelPackage: {
    ModelPackageGroupName: "churn",
    InferenceSpecification: { Containers: [{ Image: image }] },
    AdditionalInferenceSpecifications: [{ Name: "gpu", Containers: [{ Image: image }] }],
    SecurityConfig: { KmsKeyId: key },
    ValidationSpecification: {
      ValidationRole: role,
      ValidationProfiles: [{ ProfileName: "check", TransformJobDefinition: transform }],
    },
  },
  UpdateModelPackage: {
    ModelPackageArn: "arn:aws:sagemaker:eu-west-1:111122223333:model-package/churn/3",
    InferenceSpecification: { Containers: [{ Image: image }] },
    AdditionalInferenceSpecificationsToAdd: [{ Name: "gpu", Containers: [{ Image: image }] }],
  },
  CreateImageVersion: { ImageName: "studio-image", BaseImage: image, ClientToken: "d7f3" },
  CreateInferenceExperiment: {
    Name: "shadow-test",
    Type: "ShadowMode",
    EndpointName: "churn",
    RoleArn: role,
    DataStorageConfig: { Destination: "s3://ml-data/shadow", KmsKey: key },
    KmsKey: key,
    ModelVariants: [
      {
        ModelName: "churn",
        VariantName: "main",
        InfrastructureConfig: {
          InfrastructureType: "RealTimeInference",
          RealTimeInferenceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 2 },
        },
      },
    ],
  },
  UpdateInferenceExperiment: {
    Name: "shadow-test",
    DataStorageConfig: { Destination: "s3://ml-data/shadow", KmsKey: key },
  },
  CreateFlowDefinition: {
    FlowDefinitionName: "review",
    RoleArn: role,
    OutputConfig: { S3OutputPath: "s3://ml-data/review", KmsKeyId: key },
  },
  CreateDeviceFleet: {
    DeviceFleetName: "cameras",
    OutputConfig: { S3OutputLocation: "s3://ml-data/e", KmsKeyId: key },
  },
  UpdateDeviceFleet: {
    DeviceFleetName: "cameras",
    OutputConfig: { S3OutputLocation: "s3://ml-data/e", KmsKeyId: key },
  },
  CreateEdgePackagingJob: {
    EdgePackagingJobName: "cameras",
    CompilationJobName: "churn-neo",
    ModelName: "churn",
    ModelVersion: "1",
    RoleArn: role,
    OutputConfig: { S3OutputLocation: "s3://ml-data/edge", KmsKeyId: key },
  },
  CreateModelCard: {
    ModelCardName: "churn",
    SecurityConfig: { KmsKeyId: key },
    Content: "{}",
    ModelCardStatus: "Draft",
  },
  CreateMlflowApp: { Name: "experiments", ArtifactStoreUri: "s3://ml-data/mlflow", RoleArn: role, KmsKeyId: key },
  CreatePartnerApp: {
    Name: "comet",
    Type: "comet",
    ExecutionRoleArn: role,
    Tier: "small",
    AuthType: "IAM",
    KmsKeyId: key,
  },
  CreateFeatureGroup: {
    FeatureGroupName: "customers",
    RecordIdentifierFeatureName: "id",
    EventTimeFeatureName: "at",
    FeatureDefinitions: [{ FeatureName: "id", FeatureType: "String" }],
    OnlineStoreConfig: { EnableOnlineStore: true, StorageType: "Standard", SecurityConfig: { KmsKeyId: key } },
    OfflineStoreConfig: { S3StorageConfig: { S3Uri: "s3://ml-data/features", KmsKeyId: key } },
    RoleArn: role,
  },
  CreatePipeline: pipeline,
  UpdatePipeline: { PipelineName: pipeline.PipelineName, PipelineDefinition: pipeline.PipelineDefinition },
  InvokeEndpoint: { EndpointName: "churn" },
  InvokeEndpointAsync: { EndpointName: "churn" },
  InvokeEndpointWithResponseStream: { EndpointName: "llm" },
};

/** The same request with one value changed; `undefined` removes the member. Every value on the way must exist. */
export function change(
  body: Readonly<Record<string, unknown>>,
  pointer: string,
  value: unknown,
): Record<string, unknown> {
  const copy = structuredClone(body) as Record<string, unknown>;
  const names = pointer.slice(1).split("/");
  const last = names.pop() ?? "";
  let holder = copy;
  for (const name of names) holder = (holder[name] ??= {}) as Record<string, unknown>;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}
