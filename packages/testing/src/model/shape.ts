/** An operation of a modelled service. */
export interface OperationModel {
  readonly name: string;
  /** The name of the input's shape; empty: no input. */
  readonly input: string;
  /** The name of the output's shape; empty: no output. */
  readonly output: string;
  /** The error codes that the operation declares. */
  readonly errors: readonly string[];
  readonly http: { readonly method: string; readonly path: string; readonly status: number };
}

/** A member of a structure. */
export interface Member {
  readonly name: string;
  /** The name of the member's shape. */
  readonly shape: string;
  readonly required: boolean;
  /** Where the member stands in an HTTP message; undefined: in the body. */
  readonly location: "uri" | "query" | "header" | "status" | undefined;
  readonly locationName: string;
}

interface Limits {
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface StructureShape {
  readonly type: "structure";
  readonly name: string;
  readonly members: ReadonlyMap<string, Member>;
  /** Exactly one member is set. */
  readonly union: boolean;
  /** The member that is the whole body. */
  readonly payload: string | undefined;
  /** The HTTP status of an error. */
  readonly status: number | undefined;
}

export interface ListShape extends Limits {
  readonly type: "list";
  readonly name: string;
  readonly member: string;
}

export interface MapShape extends Limits {
  readonly type: "map";
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

export interface StringShape extends Limits {
  readonly type: "string";
  readonly name: string;
  /** The values of an enum. */
  readonly options: readonly string[] | undefined;
  readonly pattern: string | undefined;
}

export interface ScalarShape extends Limits {
  readonly type: "integer" | "float" | "boolean" | "timestamp" | "blob";
  readonly name: string;
  /** How answers write a timestamp. Default: seconds since the epoch. */
  readonly format?: "iso8601" | "rfc822" | "unixTimestamp" | undefined;
}

/** One shape of an AWS model (https://smithy.io/2.0/spec/aggregate-types.html). */
export type Shape = StructureShape | ListShape | MapShape | StringShape | ScalarShape;
