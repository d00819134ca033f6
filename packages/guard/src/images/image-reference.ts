/** The parts of a container image reference. */
export interface ImageReference {
  /** The reference as written. */
  readonly text: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:` and 64 lower-case hex digits. */
  readonly digest: string | undefined;
  /** Account and Region of a private registry of ECR. */
  readonly ecr: { readonly registryId: string; readonly region: string } | undefined;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html; `-fips` hosts are the same registries. */
const ecrHost = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws)$/;

/** The longest reference that is read. SageMaker takes 255 characters. */
const MAX_LENGTH = 1_024;

/** Reads a reference (`registry/repository:tag@digest`); `undefined` for anything else. */
export function parseImage(text: unknown): ImageReference | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return undefined;
  const [name = "", digest, ...rest] = text.split("@");
  if (rest.length > 0 || (digest !== undefined && !isDigest(digest))) return undefined;
  const parts = /^([^\s/]+)\/([^\s:@]+)(?::([\w][\w.-]{0,127}))?$/.exec(name);
  if (parts === null) return undefined;
  const [, registry = "", repository = "", tag] = parts;
  const [, registryId, region] = ecrHost.exec(registry) ?? [];
  const ecr = registryId === undefined || region === undefined ? undefined : { registryId, region };
  return { text, registry, repository, tag, digest, ecr };
}

/** Whether a text is a SHA-256 digest as registries write it. */
export function isDigest(text: unknown): text is string {
  return typeof text === "string" && /^sha256:[0-9a-f]{64}$/.test(text);
}
