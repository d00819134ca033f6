/** A field about network or encryption that no rule judges. */
export interface UncoveredField {
  readonly action: string;
  readonly pointer: string;
  readonly reason: string;
}

/**
 * The fields that no rule judges, with the reason. A test compares the list with the model of the official SDK: it fails for a
 * new field that is neither judged nor listed, and for an entry that the model no longer has.
 */
export const uncovered: readonly UncoveredField[] = [
  {
    action: "CreateCluster",
    pointer: "/InstanceGroups/*/InstanceStorageConfigs/*/EbsVolumeConfig/RootVolume",
    reason: "It marks a volume as the root volume; it has nothing to do with root access.",
  },
  {
    action: "UpdateCluster",
    pointer: "/InstanceGroups/*/InstanceStorageConfigs/*/EbsVolumeConfig/RootVolume",
    reason: "It marks a volume as the root volume; it has nothing to do with root access.",
  },
  {
    action: "CreateCluster",
    pointer: "/RestrictedInstanceGroups/*/InstanceStorageConfigs/*/EbsVolumeConfig/RootVolume",
    reason: "It marks a volume as the root volume; it has nothing to do with root access.",
  },
  {
    action: "UpdateCluster",
    pointer: "/RestrictedInstanceGroups/*/InstanceStorageConfigs/*/EbsVolumeConfig/RootVolume",
    reason: "It marks a volume as the root volume; it has nothing to do with root access.",
  },
  {
    action: "CreateCluster",
    pointer: "/InstanceGroups/*/NetworkInterface",
    reason: "It chooses the kind of network adapter; the VPC it is attached to is judged.",
  },
  {
    action: "UpdateCluster",
    pointer: "/InstanceGroups/*/NetworkInterface",
    reason: "It chooses the kind of network adapter; the VPC it is attached to is judged.",
  },
  {
    action: "CreateDomain",
    pointer: "/DomainSettings/DockerSettings/VpcOnlyTrustedAccounts",
    reason: "It names accounts whose registries are trusted, which only their owner can judge.",
  },
  {
    action: "CreateDomain",
    pointer: "/DomainSettings/DockerSettings/RootlessDocker",
    reason: "It limits what a user's own containers may do inside an app that is already held to the VPC.",
  },
  {
    action: "CreateDomain",
    pointer: "/DomainSettings/IpAddressType",
    reason: "IPv6 inside a VPC is no exposure by itself: its routes and security groups decide.",
  },
  {
    action: "CreateDomain",
    pointer: "/AppSecurityGroupManagement",
    reason: "AWS asks for one value of it where it matters: RStudio in a VpcOnly domain.",
  },
  {
    action: "UpdateDomain",
    pointer: "/DomainSettingsForUpdate/DockerSettings/VpcOnlyTrustedAccounts",
    reason: "It names accounts whose registries are trusted, which only their owner can judge.",
  },
  {
    action: "UpdateDomain",
    pointer: "/DomainSettingsForUpdate/DockerSettings/RootlessDocker",
    reason: "It limits what a user's own containers may do inside an app that is already held to the VPC.",
  },
  {
    action: "UpdateDomain",
    pointer: "/DomainSettingsForUpdate/IpAddressType",
    reason: "IPv6 inside a VPC is no exposure by itself: its routes and security groups decide.",
  },
  {
    action: "UpdateDomain",
    pointer: "/AppSecurityGroupManagement",
    reason: "AWS asks for one value of it where it matters: RStudio in a VpcOnly domain.",
  },
  {
    action: "CreateDomain",
    pointer: "/HomeEfsFileSystemKmsKeyId",
    reason: "Deprecated in favour of KmsKeyId, which is judged.",
  },
  {
    action: "CreateNotebookInstance",
    pointer: "/IpAddressType",
    reason: "IPv6 inside a VPC is no exposure by itself: its routes and security groups decide.",
  },
  {
    action: "UpdateNotebookInstance",
    pointer: "/IpAddressType",
    reason: "IPv6 inside a VPC is no exposure by itself: its routes and security groups decide.",
  },
  {
    action: "CreateWorkforce",
    pointer: "/IpAddressType",
    reason: "IPv6 inside a VPC is no exposure by itself: its routes and security groups decide.",
  },
  {
    action: "UpdateWorkforce",
    pointer: "/IpAddressType",
    reason: "IPv6 inside a VPC is no exposure by itself: its routes and security groups decide.",
  },
  {
    action: "CreateTrainingJob",
    pointer: "/AlgorithmSpecification/TrainingImageConfig/TrainingRepositoryAccessMode",
    reason:
      "Images from ECR are pulled by the platform, which is the default and AWS's advice; the VPC is for other registries.",
  },
];
