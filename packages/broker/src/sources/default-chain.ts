import type { AwsCredentials } from "@countersign/signer";
import { fromContainer } from "./container.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstanceOf } from "./instance.ts";
import { fromProfile } from "./profile.ts";
import { variable } from "./shared-config/shared-files.ts";
import type { SourceContext } from "./source-context.ts";
import { absent } from "./source-errors.ts";
import { fromWebIdentityEnvironment } from "./web-identity.ts";

/** A source and its name, as `doctor` shows it. */
export interface NamedFind<Context = SourceContext> {
  readonly name: string;
  readonly find: (context: Context) => Promise<AwsCredentials>;
}

/**
 * The sources that are asked, in their order.
 *
 * A named profile is asked alone: keys of the environment never stand in for it. A profile with settings only, such as a
 * Region, leaves the role of the container or instance to be used, as with botocore.
 */
export function chainFor(
  profile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): readonly NamedFind[] {
  const named = profile ?? variable(env, "AWS_PROFILE") ?? variable(env, "AWS_DEFAULT_PROFILE");
  const machine: readonly NamedFind[] = [
    { name: "container", find: fromContainer },
    { name: "instance", find: fromInstanceOf(named) },
  ];
  const shared: NamedFind = { name: "profile", find: fromProfile({ profile: named }) };
  if (named !== undefined) return [shared, ...machine];
  return [
    { name: "environment", find: fromEnvironment },
    shared,
    { name: "web identity", find: fromWebIdentityEnvironment },
    ...machine,
  ];
}

/** Asks sources in order. Only a source that is not set up is passed over; an error of any other kind ends the chain. */
export function firstOf<Context>(
  finds: readonly NamedFind<Context>[],
  onSource?: (name: string, passed: readonly string[]) => void,
): (context: Context) => Promise<AwsCredentials> {
  return async (context) => {
    const reasons: string[] = [];
    for (const { name, find } of finds) {
      try {
        const found = await find(context);
        onSource?.(name, reasons);
        return found;
      } catch (error) {
        if ((error as { readonly code?: unknown } | null)?.code !== "SOURCE_ABSENT") throw error;
        reasons.push((error as Error).message);
      }
    }
    throw absent(`no credentials: ${reasons.join("; ")}`);
  };
}
