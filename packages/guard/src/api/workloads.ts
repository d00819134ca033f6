import { pointersOfPart, type Workload, type WorkloadPart } from "./workload.ts";

type Fields = Omit<Workload, "at">;

const vpcAt = (vpc: string): Fields => ({
  vpc: [vpc],
  subnet: [`${vpc}/Subnets/*`],
  securityGroup: [`${vpc}/SecurityGroupIds/*`],
});

const training: Fields = {
  ...vpcAt("/VpcConfig"),
  isolation: ["/EnableNetworkIsolation"],
  encryption: ["/EnableInterContainerTrafficEncryption"],
  instanceCount: [
    "/ResourceConfig/InstanceCount",
    "/ResourceConfig/InstanceGroups/*/InstanceCount",
    "/ResourceConfig/InstancePreferences/*/InstanceCount",
  ],
  instanceGroup: ["/ResourceConfig/InstanceGroups/*"],
  instanceType: [
    "/ResourceConfig/InstanceType",
    "/ResourceConfig/InstanceGroups/*/InstanceType",
    "/ResourceConfig/InstancePreferences/*/InstanceType",
  ],
  volumeKey: ["/ResourceConfig/VolumeKmsKeyId"],
  outputKey: ["/OutputDataConfig/KmsKeyId"],
  image: [
    "/AlgorithmSpecification/TrainingImage?",
    "/DebugRuleConfigurations/*/RuleEvaluatorImage",
    "/ProfilerRuleConfigurations/*/RuleEvaluatorImage?",
  ],
  imageReference: ["/AlgorithmSpecification?/AlgorithmName?", "/ServerlessJobConfig?/BaseModelArn?"],
};

const tuned: Fields = {
  ...training,
  instanceCount: [
    ...(training.instanceCount ?? []),
    "/HyperParameterTuningResourceConfig/InstanceCount",
    "/HyperParameterTuningResourceConfig/InstanceConfigs/*/InstanceCount",
  ],
  instanceType: [
    ...(training.instanceType ?? []),
    "/HyperParameterTuningResourceConfig/InstanceType",
    "/HyperParameterTuningResourceConfig/InstanceConfigs/*/InstanceType",
  ],
  volumeKey: ["/ResourceConfig?/VolumeKmsKeyId", "/HyperParameterTuningResourceConfig?/VolumeKmsKeyId"],
  image: ["/AlgorithmSpecification/TrainingImage?"],
  imageReference: ["/AlgorithmSpecification?/AlgorithmName?"],
};

const monitoring = (kind: string): readonly Workload[] => [
  {
    at: "",
    ...vpcAt("/NetworkConfig/VpcConfig"),
    isolation: ["/NetworkConfig/EnableNetworkIsolation"],
    encryption: ["/NetworkConfig/EnableInterContainerTrafficEncryption"],
    instanceCount: ["/JobResources/ClusterConfig/InstanceCount"],
    instanceType: ["/JobResources/ClusterConfig/InstanceType"],
    volumeKey: ["/JobResources/ClusterConfig/VolumeKmsKeyId"],
    outputKey: [`/${kind}JobOutputConfig/KmsKeyId`],
    image: [`/${kind}AppSpecification/ImageUri`],
  },
];

const schedule: readonly Workload[] = [
  {
    at: "/MonitoringScheduleConfig/MonitoringJobDefinition?",
    ...vpcAt("/NetworkConfig/VpcConfig"),
    isolation: ["/NetworkConfig/EnableNetworkIsolation"],
    encryption: ["/NetworkConfig/EnableInterContainerTrafficEncryption"],
    instanceCount: ["/MonitoringResources/ClusterConfig/InstanceCount"],
    instanceType: ["/MonitoringResources/ClusterConfig/InstanceType"],
    volumeKey: ["/MonitoringResources/ClusterConfig/VolumeKmsKeyId"],
    outputKey: ["/MonitoringOutputConfig/KmsKeyId"],
    image: ["/MonitoringAppSpecification/ImageUri"],
  },
];

const autoMl = (security: string): readonly Workload[] => [
  {
    at: "",
    ...vpcAt(`${security}/VpcConfig`),
    encryption: [`${security}/EnableInterContainerTrafficEncryption`],
    volumeKey: [`${security}/VolumeKmsKeyId`],
    outputKey: ["/OutputDataConfig/KmsKeyId"],
  },
];

const clusterGroups: readonly Workload[] = ["/InstanceGroups/*", "/RestrictedInstanceGroups/*"].map((at) => ({
  at,
  ...vpcAt("/OverrideVpcConfig?"),
  volumeKey: ["/InstanceStorageConfigs/*/EbsVolumeConfig?/VolumeKmsKeyId"],
}));

const studioSettings = (at: string): Workload => ({
  at,
  securityGroup: ["/SecurityGroups/*"],
  outputKey: ["/SharingSettings?/S3KmsKeyId", "/CanvasAppSettings?/WorkspaceSettings?/S3KmsKeyId"],
});

const validation = (job: "TrainingJobDefinition" | "TransformJobDefinition"): Workload => ({
  at: `/ValidationSpecification?/ValidationProfiles/*/${job}?`,
  ...(job === "TrainingJobDefinition"
    ? {
        instanceType: ["/ResourceConfig/InstanceType", "/ResourceConfig/InstanceGroups/*/InstanceType"],
        volumeKey: ["/ResourceConfig/VolumeKmsKeyId"],
        outputKey: ["/OutputDataConfig/KmsKeyId"],
      }
    : {
        instanceType: ["/TransformResources/InstanceType"],
        volumeKey: ["/TransformResources/VolumeKmsKeyId"],
        outputKey: ["/TransformOutput/KmsKeyId"],
      }),
});

const containers = (list: string): readonly string[] => [`${list}/*/Image?`];
const baseModels = (list: string): readonly string[] => [`${list}/*/BaseModel?`];
const component: Workload = {
  at: "",
  image: ["/Specification?/Container?/Image?", "/Specifications/*/Container?/Image?"],
  imageReference: ["/Specification?/BaseInferenceComponentName?", "/Specifications/*/BaseInferenceComponentName?"],
};

const output: readonly Workload[] = [{ at: "", outputKey: ["/OutputConfig/KmsKeyId"] }];

const workforce: readonly Workload[] = [
  {
    at: "",
    vpcId: ["/WorkforceVpcConfig?/VpcId?"],
    subnet: ["/WorkforceVpcConfig/Subnets/*"],
    securityGroup: ["/WorkforceVpcConfig/SecurityGroupIds/*"],
  },
];

/**
 * The places of the fields that the rules read, for each operation of the SageMaker API.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html, one page per
 * operation; the coverage test compares it with the model of the official SDK.
 */
export const workloads: Readonly<Record<string, readonly Workload[]>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, readonly Workload[]>, {
    CreateTrainingJob: [{ at: "", ...training }],
    UpdateTrainingJob: [{ at: "", image: ["/ProfilerRuleConfigurations/*/RuleEvaluatorImage?"] }],
    CreateHyperParameterTuningJob: [
      { at: "/TrainingJobDefinition?", ...tuned },
      { at: "/TrainingJobDefinitions/*", ...tuned },
    ],
    CreateProcessingJob: [
      {
        at: "",
        ...vpcAt("/NetworkConfig/VpcConfig"),
        isolation: ["/NetworkConfig/EnableNetworkIsolation"],
        encryption: ["/NetworkConfig/EnableInterContainerTrafficEncryption"],
        instanceCount: [
          "/ProcessingResources/ClusterConfig/InstanceCount",
          "/ProcessingResources/ClusterConfig/InstancePreferences/*/InstanceCount",
        ],
        instanceType: [
          "/ProcessingResources/ClusterConfig/InstanceType",
          "/ProcessingResources/ClusterConfig/InstancePreferences/*/InstanceType",
        ],
        volumeKey: ["/ProcessingResources/ClusterConfig/VolumeKmsKeyId"],
        outputKey: [
          "/ProcessingOutputConfig?/KmsKeyId",
          "/ProcessingInputs/*/DatasetDefinition?/AthenaDatasetDefinition?/KmsKeyId",
          "/ProcessingInputs/*/DatasetDefinition?/RedshiftDatasetDefinition?/KmsKeyId",
        ],
        image: ["/AppSpecification/ImageUri"],
      },
    ],
    CreateDataQualityJobDefinition: monitoring("DataQuality"),
    CreateModelBiasJobDefinition: monitoring("ModelBias"),
    CreateModelExplainabilityJobDefinition: monitoring("ModelExplainability"),
    CreateModelQualityJobDefinition: monitoring("ModelQuality"),
    CreateMonitoringSchedule: schedule,
    UpdateMonitoringSchedule: schedule,
    CreateAutoMLJob: autoMl("/AutoMLJobConfig/SecurityConfig"),
    CreateAutoMLJobV2: autoMl("/SecurityConfig"),
    CreateCompilationJob: [{ at: "", ...vpcAt("/VpcConfig"), outputKey: ["/OutputConfig/KmsKeyId"] }],
    CreateOptimizationJob: [
      {
        at: "",
        ...vpcAt("/VpcConfig"),
        outputKey: ["/OutputConfig/KmsKeyId"],
        image: ["ModelQuantizationConfig", "ModelCompilationConfig", "ModelShardingConfig"].map(
          (kind) => `/OptimizationConfigs/*/${kind}?/Image?`,
        ),
      },
    ],
    CreateInferenceRecommendationsJob: [
      {
        at: "",
        ...vpcAt("/InputConfig/VpcConfig"),
        imageReference: ["/InputConfig/ModelPackageVersionArn?"],
        volumeKey: ["/InputConfig/VolumeKmsKeyId"],
        outputKey: ["/OutputConfig/KmsKeyId"],
      },
    ],
    CreateAIBenchmarkJob: [{ at: "", ...vpcAt("/NetworkConfig/VpcConfig") }],
    CreateLabelingJob: [
      {
        at: "",
        ...vpcAt("/LabelingJobAlgorithmsConfig?/LabelingJobResourceConfig/VpcConfig"),
        volumeKey: ["/LabelingJobAlgorithmsConfig?/LabelingJobResourceConfig/VolumeKmsKeyId"],
        outputKey: ["/OutputConfig/KmsKeyId"],
      },
    ],
    CreateCluster: [{ at: "", ...vpcAt("/VpcConfig") }, ...clusterGroups],
    UpdateCluster: clusterGroups,
    CreateModel: [
      {
        at: "",
        ...vpcAt("/VpcConfig"),
        isolation: ["/EnableNetworkIsolation"],
        image: ["/PrimaryContainer?/Image?", ...containers("/Containers")],
        imageReference: ["/PrimaryContainer?/ModelPackageName?", "/Containers/*/ModelPackageName?"],
      },
    ],
    CreateEndpointConfig: [
      {
        at: "",
        ...vpcAt("/VpcConfig"),
        isolation: ["/EnableNetworkIsolation"],
        instanceType: [
          "/ProductionVariants/*/InstanceType",
          "/ProductionVariants/*/InstancePools/*/InstanceType",
          "/ShadowProductionVariants/*/InstanceType",
          "/ShadowProductionVariants/*/InstancePools/*/InstanceType",
        ],
        volumeKey: ["/KmsKeyId"],
        outputKey: [
          "/DataCaptureConfig?/KmsKeyId",
          "/AsyncInferenceConfig?/OutputConfig/KmsKeyId",
          "/ProductionVariants/*/CoreDumpConfig?/KmsKeyId",
          "/ShadowProductionVariants/*/CoreDumpConfig?/KmsKeyId",
        ],
      },
    ],
    CreateInferenceComponent: [component],
    UpdateInferenceComponent: [component],
    CreateTransformJob: [
      {
        at: "",
        instanceType: ["/TransformResources/InstanceType"],
        volumeKey: ["/TransformResources/VolumeKmsKeyId"],
        outputKey: ["/TransformOutput/KmsKeyId", "/DataCaptureConfig?/KmsKeyId"],
      },
    ],
    CreateNotebookInstance: [
      {
        at: "",
        subnet: ["/SubnetId?"],
        securityGroup: ["/SecurityGroupIds/*"],
        volumeKey: ["/KmsKeyId"],
      },
    ],
    CreateDomain: [
      {
        at: "",
        vpcId: ["/VpcId?"],
        subnet: ["/SubnetIds/*"],
        securityGroup: ["/DomainSettings/SecurityGroupIds/*", "/DefaultSpaceSettings/SecurityGroups/*"],
        docker: ["/DomainSettings?/DockerSettings?/EnableDockerAccess?"],
        volumeKey: ["/KmsKeyId"],
      },
      studioSettings("/DefaultUserSettings?"),
    ],
    UpdateDomain: [
      {
        at: "",
        vpcId: ["/VpcId?"],
        subnet: ["/SubnetIds/*"],
        securityGroup: ["/DomainSettingsForUpdate/SecurityGroupIds/*", "/DefaultSpaceSettings/SecurityGroups/*"],
        docker: ["/DomainSettingsForUpdate?/DockerSettings?/EnableDockerAccess?"],
      },
      studioSettings("/DefaultUserSettings?"),
    ],
    CreateUserProfile: [studioSettings("/UserSettings?")],
    UpdateUserProfile: [studioSettings("/UserSettings?")],
    CreateWorkforce: workforce,
    UpdateWorkforce: workforce,
    CreateAlgorithm: [
      {
        at: "",
        image: ["/TrainingSpecification/TrainingImage", ...containers("/InferenceSpecification/Containers")],
        imageReference: baseModels("/InferenceSpecification/Containers"),
      },
      validation("TrainingJobDefinition"),
      validation("TransformJobDefinition"),
    ],
    CreateModelPackage: [
      {
        at: "",
        storeKey: ["/SecurityConfig/KmsKeyId"],
        image: [
          ...containers("/InferenceSpecification/Containers"),
          ...containers("/AdditionalInferenceSpecifications/*/Containers"),
        ],
        imageReference: [
          "/SourceAlgorithmSpecification?/SourceAlgorithms/*/AlgorithmName?",
          ...baseModels("/InferenceSpecification/Containers"),
          ...baseModels("/AdditionalInferenceSpecifications/*/Containers"),
        ],
      },
      validation("TransformJobDefinition"),
    ],
    UpdateModelPackage: [
      {
        at: "",
        image: [
          ...containers("/InferenceSpecification/Containers"),
          ...containers("/AdditionalInferenceSpecificationsToAdd/*/Containers"),
        ],
        imageReference: [
          ...baseModels("/InferenceSpecification/Containers"),
          ...baseModels("/AdditionalInferenceSpecificationsToAdd/*/Containers"),
        ],
      },
    ],
    CreateImageVersion: [{ at: "", image: ["/BaseImage"] }],
    CreateInferenceExperiment: [{ at: "", volumeKey: ["/KmsKey"], outputKey: ["/DataStorageConfig?/KmsKey"] }],
    UpdateInferenceExperiment: [{ at: "", outputKey: ["/DataStorageConfig?/KmsKey"] }],
    CreateFlowDefinition: output,
    CreateDeviceFleet: output,
    UpdateDeviceFleet: output,
    CreateEdgePackagingJob: output,
    CreateModelCard: [{ at: "", storeKey: ["/SecurityConfig/KmsKeyId"] }],
    CreateMlflowApp: [{ at: "", storeKey: ["/KmsKeyId"] }],
    CreatePartnerApp: [{ at: "", storeKey: ["/KmsKeyId"] }],
  }),
);

/** The operations that have a part. */
export function actionsWith(part: WorkloadPart): readonly string[] {
  return Object.keys(workloads).filter((action) =>
    workloads[action]?.some((workload) => pointersOfPart(workload, part).length > 0),
  );
}
