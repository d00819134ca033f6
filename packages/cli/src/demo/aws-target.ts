import { askMfaCode } from "../ask-mfa-code.ts";
import { defaultChain } from "@countersign/broker";
import { certificateAuthorities } from "../authorities.ts";
import type { Io } from "../io.ts";
import { findRegion, readSettings } from "../session.ts";
import type { DemoTarget } from "./target.ts";

/** A real account: an existing endpoint, reached with the profile's credentials or with a role. */
export async function awsTarget(o: {
  readonly endpointName: string;
  readonly profile: string | undefined;
  readonly roleArn: string | undefined;
  readonly region: string | undefined;
  readonly io: Io;
}): Promise<DemoTarget> {
  const settings = readSettings(o.profile, o.io);
  const region = findRegion(o.region, settings);
  return {
    name: "aws",
    region,
    endpointName: o.endpointName,
    source: (transport) =>
      defaultChain({
        transport,
        region,
        env: o.io.env,
        profile: o.profile,
        ...(o.io.canAsk === true && { mfaCode: askMfaCode }),
      }),
    sts: settings.endpoint("sts"),
    sagemaker: settings.endpoint("sagemaker-runtime"),
    ...(o.roleArn === undefined ? {} : { roleArn: o.roleArn }),
    ...certificateAuthorities(settings),
    close: () => Promise.resolve(),
  };
}
