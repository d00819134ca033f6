import type { Input } from "../../model/validate.ts";
import { answerAbout, answerWith } from "../answer.ts";
import { kindOf, type Operate, scopeOf } from "../control-plane.ts";
import { create } from "../create.ts";
import { findResource, missing, referredTo } from "../find-resource.ts";
import { knownMembers } from "../known-members.ts";
import { pageOf } from "../page.ts";
import type { Resource } from "../resource-store.ts";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateImageVersion.html */
export function createImageVersion(operate: Operate): Input {
  const { plane, input, call } = operate;
  const image = referredTo(plane, kindOf(plane, "Image"), input["ImageName"], call);
  if (image === undefined) throw missing(kindOf(plane, "Image"), String(input["ImageName"]));
  const versions = versionsOf(operate, image);
  const version = Math.max(0, ...versions.map((each) => Number(each.members["Version"]))) + 1;
  return create(operate, kindOf(plane, "ImageVersion"), {
    Version: version,
    ImageArn: image.arn,
    ContainerImage: input["BaseImage"],
  });
}

/** The version with this number or alias; without either, the newest. */
export function describeImageVersion(operate: Operate): Input {
  return answerAbout(operate, imageVersion(operate));
}

export function deleteImageVersion(operate: Operate): Input {
  operate.plane.resources.remove(imageVersion(operate).arn);
  return {};
}

export function updateImageVersion(operate: Operate): Input {
  const version = imageVersion(operate);
  const {
    Aliases,
    AliasesToAdd = [],
    AliasesToDelete = [],
    Alias: _alias,
    Version: _version,
    ...change
  } = operate.input;
  const old = (version.members["Aliases"] ?? Aliases ?? []) as readonly string[];
  const kept = old.filter((alias) => !(AliasesToDelete as readonly string[]).includes(alias));
  version.members = {
    ...version.members,
    ...change,
    Aliases: [...new Set([...kept, ...(AliasesToAdd as readonly string[])])],
  };
  version.modifiedAt = operate.call.world.clock.now();
  return answerAbout(operate, version);
}

export function listAliases(operate: Operate): Input {
  const { plane, input } = operate;
  const image = findResource(operate, kindOf(plane, "Image"));
  const entries = versionsOf(operate, image)
    .filter(({ members }) => (input["Version"] ?? members["Version"]) === members["Version"])
    .flatMap(({ members }) => (members["Aliases"] ?? []) as readonly string[])
    .filter((alias) => (input["Alias"] ?? alias) === alias)
    .map((alias) => ({ key: alias, value: alias }));
  const { page, next } = pageOf("ListAliases", entries, input);
  return answerWith(operate, { SageMakerImageVersionAliases: page, ...next });
}

/** The versions of a model card or a pipeline: the local SageMaker keeps the newest one. */
export function listVersions(noun: string, member: string, version: Input): (operate: Operate) => Input {
  return (operate) => {
    const resource = findResource(operate, kindOf(operate.plane, noun));
    const known = { ...knownMembers(operate.plane, resource), ...version };
    const { page, next } = pageOf(operate.operation.name, [{ key: resource.arn, value: known }], operate.input);
    return answerWith(operate, { [member]: page, ...next });
  };
}

function imageVersion(operate: Operate): Resource {
  const { plane, input, call } = operate;
  const image = referredTo(plane, kindOf(plane, "Image"), input["ImageName"], call);
  const found = (image === undefined ? [] : versionsOf(operate, image)).findLast(
    ({ members }) =>
      (input["Version"] ?? members["Version"]) === members["Version"] &&
      (input["Alias"] === undefined ||
        (members["Aliases"] as readonly unknown[] | undefined)?.includes(input["Alias"])),
  );
  if (found !== undefined) return found;
  const { ImageName, Version, Alias } = input as { ImageName: string; Version?: number; Alias?: string };
  throw missing(kindOf(plane, "ImageVersion"), `${ImageName}/${Version ?? Alias ?? 1}`);
}

function versionsOf({ plane, call }: Operate, image: Resource): readonly Resource[] {
  return plane.resources.of("ImageVersion", scopeOf(call)).filter(({ members }) => members["ImageArn"] === image.arn);
}
