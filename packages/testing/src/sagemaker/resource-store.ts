import type { Input } from "../model/validate.ts";

/** One resource as it was created and changed. */
export interface Resource {
  readonly arn: string;
  /** Its noun, such as `TrainingJob`. */
  readonly kind: string;
  /** Empty for resources without a name. */
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  /** Every member that is known: the input of `Create`, later updates, and the ids that SageMaker adds. */
  members: Input;
  status: string | undefined;
  /** The state that follows by itself, and when; `removed` deletes the resource. */
  next?: { readonly at: number; readonly status: string } | undefined;
  readonly createdAt: number;
  modifiedAt: number;
  /** The idempotency token and the input of the request that created it. */
  readonly request?: { readonly token: string; readonly input: string } | undefined;
}

/** The resources that a caller can see. */
export interface Scope {
  readonly region: string;
  readonly accountId: string;
}

/** All resources of one local AWS, in the order in which they were created. */
export interface ResourceStore {
  get(arn: string): Resource | undefined;
  put(resource: Resource): void;
  remove(arn: string): void;
  /** The resources of a kind in a region of an account. */
  of(kind: string, scope: Scope): readonly Resource[];
  all(): readonly Resource[];
  clear(): void;
}

/** @param now the time on the clock of the local AWS: a state that is due is applied before a resource is returned. */
export function createResourceStore(now: () => number): ResourceStore {
  const resources = new Map<string, Resource>();
  const current = (resource: Resource | undefined): Resource | undefined => {
    const { next } = resource ?? {};
    if (resource === undefined || next === undefined || now() < next.at) return resource;
    resource.next = undefined;
    if (next.status === "removed") resources.delete(resource.arn);
    else {
      resource.status = next.status;
      resource.modifiedAt = next.at;
    }
    return resources.get(resource.arn);
  };
  const all = (): readonly Resource[] =>
    [...resources.values()].map(current).filter((resource) => resource !== undefined);
  return {
    get: (arn) => current(resources.get(arn)),
    put: (resource) => void resources.set(resource.arn, resource),
    remove: (arn) => void resources.delete(arn),
    of: (kind, { region, accountId }) =>
      all().filter((each) => each.kind === kind && each.region === region && each.accountId === accountId),
    all,
    clear: () => resources.clear(),
  };
}
