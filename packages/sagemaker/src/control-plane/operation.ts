// The types come from AWS SDK v3 when it is installed. It is never loaded.
/** @ts-ignore: an optional peer; without it the types below are records. */
import type * as Sdk from "@aws-sdk/client-sagemaker";

type Exports = typeof Sdk;

// A missing module has the type `any`, and a condition on `any` is `any` again. A condition on its keys works.
type Absent = string extends keyof Exports ? true : false;

// When all members are optional, the constructor's input is optional too: `[] | [Input]`.
type Only<Input> = Input extends readonly [infer One] ? One : never;

type CommandOf<Operation extends string> = `${Operation}Command` extends keyof Exports
  ? Exports[`${Operation}Command`] extends abstract new (...input: infer Input) => infer Command
    ? { readonly input: Only<Input>; readonly command: Command }
    : never
  : never;

type NameOf<Export> = Export extends `${infer Name}Command` ? Name : never;

/** The operations of the installed `@aws-sdk/client-sagemaker`; any string when it is not installed. */
export type OperationName = Absent extends true ? string : NameOf<keyof Exports>;

/** The input of an operation: AWS SDK v3's type when that package is installed, else a record. */
export type OperationInput<Operation extends string> = Absent extends true
  ? Readonly<Record<string, unknown>>
  : [CommandOf<Operation>] extends [never]
    ? Readonly<Record<string, unknown>>
    : CommandOf<Operation>["input"];

/** The output of an operation: AWS SDK v3's type without `$metadata`, else a record. */
export type OperationOutput<Operation extends string> = Absent extends true
  ? Record<string, unknown>
  : [CommandOf<Operation>] extends [never]
    ? Record<string, unknown>
    : CommandOf<Operation>["command"] extends {
          resolveMiddleware(...input: never): (...input: never) => Promise<{ output: infer Output }>;
        }
      ? Omit<Output, "$metadata">
      : Record<string, unknown>;
