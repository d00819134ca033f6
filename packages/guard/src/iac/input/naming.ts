import type { Structure } from "../../api/model.ts";
import type { Mapping } from "../mapping.ts";
import { plainName } from "../plain-name.ts";

/** Which member of the API a property of the file becomes. */
export interface Naming {
  /** The path of a property below `path`; empty where the mapping names no path. */
  pathTo(path: string, name: string): string;
  /** Whether the mapping leaves the property at a path to others. */
  isLeft(path: string): boolean;
  /** The member that a property becomes; `undefined` for one that no call takes. */
  keyOf(name: string, path: string, type: Structure | undefined): string | undefined;
}

/** Makes the naming of a mapping. @param loose as in `Spelling`. */
export function createNaming({ renamed, left }: Pick<Mapping, "renamed" | "left">, loose: boolean): Naming {
  // Most mappings say nothing about single properties: then no path to a property is needed.
  const hasPaths = left.size > 0 || Object.keys(renamed).length > 0;
  const isLeft = (path: string): boolean => hasPaths && left.has(path);
  return {
    isLeft,
    pathTo(path, name) {
      if (!hasPaths) return "";
      return path === "" ? plainName(name) : `${path}/${plainName(name)}`;
    },
    keyOf(name, path, type) {
      if (isLeft(path)) return undefined;
      return (hasPaths ? renamed[path] : undefined) ?? memberOf(name, type, loose) ?? (loose ? undefined : name);
    },
  };
}

function memberOf(name: string, type: Structure | undefined, loose: boolean): string | undefined {
  if (type === undefined || type.members.has(name)) return type === undefined ? undefined : name;
  if (!loose) return undefined;
  const wanted = plainName(name);
  const plural = `${wanted}s`;
  const candidates = [...type.members.keys()];
  // Some structures have a member in the singular and one in the plural: the name itself comes first.
  return (
    candidates.find((candidate) => candidate.toLowerCase() === wanted) ??
    candidates.find((candidate) => [plural, plural.replace(/ys$/, "ies")].includes(candidate.toLowerCase()))
  );
}
