import type { Facts } from "../facts.ts";

/** A value in a file that is known only later. */
export interface UnresolvedValue {
  /** JSON pointer into the input; `""` for the whole resource. */
  readonly path: string;
  /** As it is written, such as `Ref Subnet`. */
  readonly expression: string;
  /** What would make it known. */
  readonly decidedBy: string;
}

/** A resource, request, step or event of a file, ready to be judged. */
export interface Judged {
  /** Its name in the file, such as `Lab` or `module.ml.aws_sagemaker_model.churn`. */
  readonly address: string;
  /** As the file calls it, such as `AWS::SageMaker::Model`. */
  readonly type: string;
  /** The operation that it leads to; `undefined` for a type that is not mapped. */
  readonly action: string | undefined;
  readonly input: unknown;
  /** What the file says about other resources, such as the models of an endpoint configuration. */
  readonly facts: Facts;
  /** Why it, or a part of it, cannot be judged whatever the rules. */
  readonly unresolved: readonly UnresolvedValue[];
  /** The file's name as given, and where the resource begins. */
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  /** The place of a value by its JSON pointer into the input. */
  locate(pointer: string): { readonly line: number; readonly column: number };
}

/** The template of a nested stack. */
export interface NestedTemplate {
  /** The file's name, for locations. */
  readonly file: string;
  readonly bytes: Uint8Array | string;
}

/** How a file is read. */
export interface ReadOptions {
  /** The file's name, for locations and for `.yaml`. */
  readonly file?: string | undefined;
  /** Values of parameters of a CloudFormation template, by name; also of pseudo parameters such as `AWS::Region`, and of a pipeline. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /**
   * Reads the template of a nested stack that lies beside the file: the path is relative to `from`, and leads below its folder.
   * Without it, and where it returns `undefined`, a nested stack is unjudged.
   */
  readonly nested?: ((path: string, from: string | undefined) => NestedTemplate | undefined) | undefined;
  /** The operation of a file that holds a bare input. */
  readonly action?: string | undefined;
}
