import { inputOf } from "../../api/model.ts";
import type { Mapping } from "../mapping.ts";
import type { Node } from "../node.ts";
import { Conversion, type UnmappedProperty } from "./conversion.ts";
import { createNaming } from "./naming.ts";
import { offsetOf } from "./offset.ts";

/** An API input made from a file, with the places of its values. */
export interface LocatedInput {
  readonly input: Readonly<Record<string, unknown>>;
  /** The offset of a value by its JSON pointer; of the nearest value around it when it is absent. */
  offsetOf(pointer: string): number;
  /** Properties that are about network or encryption, and that no member of the API takes. */
  readonly unmapped: readonly UnmappedProperty[];
}

/** How names are written in the file. */
export interface Spelling {
  /** Names that differ from the API's in `_` and the case of letters are the same. A block in the singular is a list. */
  readonly loose: boolean;
}

/** Makes the input of an action from the properties of a resource. @param at the offset of the resource. */
export function toInput(node: Node | undefined, mapping: Mapping, { loose }: Spelling, at: number): LocatedInput {
  const type = inputOf(mapping.action);
  const naming = createNaming(mapping, loose);
  const conversion = new Conversion(naming, loose);
  const input: Record<string, unknown> = {};
  if (node?.kind === "map") conversion.addMembers(input, node, type, "", "");
  return {
    input,
    unmapped: conversion.unmapped,
    offsetOf: (pointer) => offsetOf(pointer, { node, type, naming, loose }, at),
  };
}
