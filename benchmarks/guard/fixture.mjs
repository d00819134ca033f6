const key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const image =
  "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";

export const network = {
  subnets: ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"],
  securityGroupIds: ["sg-0a1b2c3d4e5f60718"],
  vpcEndpoints: ["vpce-0a1b2c3d"],
};

export const facts = {
  host: { name: "vpce-0a1b2c3d-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com", vpcEndpoint: true },
};

/** A CreateTrainingJob that keeps the locked posture. */
export const training = {
  TrainingJobName: "churn-2026-11-23",
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: "File" },
  RoleArn: "arn:aws:iam::111122223333:role/sagemaker-execution",
  HyperParameters: { epochs: "20", learning_rate: "0.1", max_depth: "6" },
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
  VpcConfig: { Subnets: network.subnets, SecurityGroupIds: network.securityGroupIds },
  EnableNetworkIsolation: true,
  EnableInterContainerTrafficEncryption: true,
};

export const body = JSON.stringify(training);
export const broken = { ...training, VpcConfig: undefined };
