// The types come from AWS SDK v3 when it is installed; nothing of it is ever loaded.
/** @ts-ignore: an optional peer. Without it `Sdk` is `any`, and the types below become records. */
import type * as Sdk from "@aws-sdk/client-sagemaker";

type IsAny<Type> = 0 extends 1 & Type ? true : false;

type Exports = typeof Sdk;

// Where all members are optional, so is the input: `[] | [Input]`.
type Only<Input> = Input extends readonly [infer One] ? One : never;

type CommandOf<Operation extends string> = `${Operation}Command` extends keyof Exports
  ? Exports[`${Operation}Command`] extends abstract new (...input: infer Input) => infer Command
    ? { readonly input: Only<Input>; readonly command: Command }
    : never
  : never;

type NameOf<Export> = Export extends `${infer Name}Command` ? Name : never;

/** The operations that the installed `@aws-sdk/client-sagemaker` knows; any string when it is not installed. */
export type OperationName = IsAny<Exports> extends true ? string : NameOf<keyof Exports>;

/** What an operation takes: AWS SDK v3's type of it when that package is installed, else a record. */
export type OperationInput<Operation extends string> =
  IsAny<Exports> extends true
    ? Readonly<Record<string, unknown>>
    : [CommandOf<Operation>] extends [never]
      ? Readonly<Record<string, unknown>>
      : CommandOf<Operation>["input"];

/** What an operation answers: AWS SDK v3's type of it without `$metadata`, else a record. */
export type OperationOutput<Operation extends string> =
  IsAny<Exports> extends true
    ? Record<string, unknown>
    : [CommandOf<Operation>] extends [never]
      ? Record<string, unknown>
      : CommandOf<Operation>["command"] extends {
            resolveMiddleware(...input: never): (...input: never) => Promise<{ output: infer Output }>;
          }
        ? Omit<Output, "$metadata">
        : Record<string, unknown>;
