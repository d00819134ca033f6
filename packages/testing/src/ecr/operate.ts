import { AwsError } from "../wire/aws-error.ts";
import { type Call, callerOf } from "../world.ts";
import { type Image, type ImageRegistry, scanAt } from "./image.ts";

export type Input = Readonly<Record<string, unknown>>;

interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

/** The registry of a request: the one that it names, else the caller's. */
export function registryOf(input: Input, call: Call): string {
  const { registryId } = input as { readonly registryId?: string };
  return registryId ?? callerOf(call).accountId;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html */
export function describeImages(images: ImageRegistry, input: Input, call: Call): unknown {
  const { imageIds, filter } = input as {
    readonly imageIds?: readonly ImageId[];
    readonly filter?: { readonly tagStatus?: string };
  };
  const all = repositoryOf(images, input, call);
  const now = call.world.clock.now();
  const wanted = imageIds === undefined ? all : imageIds.map((id) => imageOf(all, id, input, call));
  const listed = wanted.filter(
    ({ tags }) =>
      filter?.tagStatus === undefined ||
      filter.tagStatus === "ANY" ||
      (filter.tagStatus === "TAGGED") === tags.length > 0,
  );
  const { page, nextToken } = pageOf(listed, input, 100);
  return {
    imageDetails: page.map((image) => {
      const scan = scanAt(image, now);
      return {
        registryId: image.registryId,
        repositoryName: image.repository,
        imageDigest: image.digest,
        ...(image.tags.length === 0 ? {} : { imageTags: image.tags }),
        imagePushedAt: image.pushedAt / 1000,
        ...(scan === undefined ? {} : { imageScanStatus: { status: scan.status } }),
        ...(scan !== undefined && isFinished(scan.status) ? { imageScanFindingsSummary: summary(image, scan.at) } : {}),
      };
    }),
    ...nextToken,
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html */
export function describeImageScanFindings(images: ImageRegistry, input: Input, call: Call): unknown {
  const image = imageOf(repositoryOf(images, input, call), input["imageId"] as ImageId | undefined, input, call);
  const scan = scanAt(image, call.world.clock.now());
  if (scan === undefined) {
    throw new AwsError(
      "ScanNotFoundException",
      `Image scan does not exist for the image with '${shownId(image, input["imageId"] as ImageId)}' in the repository with name '${image.repository}' in the registry with id '${image.registryId}'`,
    );
  }
  const described = {
    registryId: image.registryId,
    repositoryName: image.repository,
    imageId: { imageDigest: image.digest, ...(image.tags[0] === undefined ? {} : { imageTag: image.tags[0] }) },
    imageScanStatus: {
      status: scan.status,
      description: `The scan is ${scan.status.toLowerCase().replaceAll("_", " ")}.`,
    },
  };
  if (!isFinished(scan.status)) return described;
  const { page, nextToken } = pageOf(image.findings, input, 100);
  const member = image.scanning === "basic" ? "findings" : "enhancedFindings";
  return { ...described, imageScanFindings: { ...summary(image, scan.at), [member]: page }, ...nextToken };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html */
export function startImageScan(images: ImageRegistry, input: Input, call: Call): unknown {
  const imageId = input["imageId"] as ImageId | undefined;
  const image = imageOf(repositoryOf(images, input, call), imageId, input, call);
  const now = call.world.clock.now();
  if (image.scanning === "enhanced") {
    throw new AwsError(
      "ValidationException",
      "This feature is disabled when enhanced scanning is on for the registry.",
    );
  }
  if (image.scan?.startedAt !== undefined && now - image.scan.startedAt < 86_400_000) {
    throw new AwsError("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.");
  }
  image.scan = { status: "IN_PROGRESS", at: now, startedAt: now };
  return {
    registryId: image.registryId,
    repositoryName: image.repository,
    imageId: { imageDigest: image.digest, ...imageId },
    imageScanStatus: { status: "IN_PROGRESS" },
  };
}

function repositoryOf(images: ImageRegistry, input: Input, call: Call): readonly Image[] {
  const { repositoryName } = input as { readonly repositoryName?: string };
  if (repositoryName === undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must not be null'",
    );
  }
  const registryId = registryOf(input, call);
  const found = images.inRepository(registryId, repositoryName);
  if (found.length === 0) {
    throw new AwsError(
      "RepositoryNotFoundException",
      `The repository with name '${repositoryName}' does not exist in the registry with id '${registryId}'`,
    );
  }
  return found;
}

function imageOf(images: readonly Image[], id: ImageId | undefined, input: Input, call: Call): Image {
  const { imageDigest, imageTag } = id ?? {};
  if (imageDigest === undefined && imageTag === undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter at 'imageId' failed to satisfy constraint: 'imageDigest or imageTag must be given'",
    );
  }
  const image = images.find(
    ({ digest, tags }) => (imageDigest ?? digest) === digest && (imageTag === undefined || tags.includes(imageTag)),
  );
  if (image === undefined) {
    throw new AwsError(
      "ImageNotFoundException",
      `The image with imageId {imageDigest:'${imageDigest ?? "null"}', imageTag:'${imageTag ?? "null"}'} does not exist within the repository with name '${images[0]?.repository ?? ""}' in the registry with id '${registryOf(input, call)}'`,
    );
  }
  return image;
}

function shownId(image: Image, id: ImageId): string {
  return `imageDigest:'${id.imageDigest ?? image.digest}' imageTag:'${id.imageTag ?? "null"}'`;
}

function isFinished(status: string): boolean {
  return status === "COMPLETE" || status === "ACTIVE";
}

function summary(image: Image, at: number): Record<string, unknown> {
  const counts: Record<string, number> = {};
  for (const { severity } of image.findings) {
    const name = typeof severity === "string" ? severity : "UNDEFINED";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return {
    imageScanCompletedAt: at / 1000,
    vulnerabilitySourceUpdatedAt: at / 1000,
    findingSeverityCounts: counts,
  };
}

function pageOf<Item>(
  items: readonly Item[],
  input: Input,
  usual: number,
): { readonly page: readonly Item[]; readonly nextToken: { readonly nextToken?: string } } {
  const { maxResults = usual, nextToken } = input as { readonly maxResults?: number; readonly nextToken?: string };
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > 1000) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter at 'maxResults' failed to satisfy constraint: '1 to 1000'",
    );
  }
  const start = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, "base64").toString("utf8"));
  if (!Number.isInteger(start) || start < 0 || start > items.length) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter at 'nextToken' failed to satisfy constraint: 'a token of this operation'",
    );
  }
  const end = start + maxResults;
  return {
    page: items.slice(start, end),
    nextToken: end < items.length ? { nextToken: Buffer.from(String(end)).toString("base64") } : {},
  };
}
