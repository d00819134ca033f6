// The types come from AWS SDK v3 when it is installed; nothing of it is ever loaded.
/** @ts-ignore: an optional peer; the types below become records without it. */
import type * as Sdk from "@aws-sdk/client-sagemaker";

type Exports = typeof Sdk;

// A module that is not there is typed `any`, and any condition on that is `any` again; its keys are not.
type Absent = string extends keyof Exports ? true : false;

// Where all members are optional, so is the input: `[] | [Input]`.
type Only<Input> = Input extends readonly [infer One] ? One : never;

type CommandOf<Operation extends string> = `${Operation}Command` extends keyof Exports
  ? Exports[`${Operation}Command`] extends abstract new (...input: infer Input) => infer Command
    ? { readonly input: Only<Input>; readonly command: Command }
    : never
  : never;

type NameOf<Export> = Export extends `${infer Name}Command` ? Name : never;

/** The operations that the installed `@aws-sdk/client-sagemaker` knows; any string when it is not installed. */
export type OperationName = Absent extends true ? string : NameOf<keyof Exports>;

/** What an operation takes: AWS SDK v3's type of it when that package is installed, else a record. */
export type OperationInput<Operation extends string> = Absent extends true
  ? Readonly<Record<string, unknown>>
  : [CommandOf<Operation>] extends [never]
    ? Readonly<Record<string, unknown>>
    : CommandOf<Operation>["input"];

/** What an operation answers: AWS SDK v3's type of it without `$metadata`, else a record. */
export type OperationOutput<Operation extends string> = Absent extends true
  ? Record<string, unknown>
  : [CommandOf<Operation>] extends [never]
    ? Record<string, unknown>
    : CommandOf<Operation>["command"] extends {
          resolveMiddleware(...input: never): (...input: never) => Promise<{ output: infer Output }>;
        }
      ? Omit<Output, "$metadata">
      : Record<string, unknown>;
