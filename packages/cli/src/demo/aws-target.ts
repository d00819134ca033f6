import { endpointOptionsFromEnv } from "@countersign/signer/endpoints";
import type { Io } from "../io.ts";
import { certificateAuthorities, defaultChain, findRegion } from "../session.ts";
import type { DemoTarget } from "./target.ts";

/** A real account: an existing endpoint, reached with the profile's credentials or with a role. */
export async function awsTarget(o: {
  readonly endpointName: string;
  readonly profile: string | undefined;
  readonly roleArn: string | undefined;
  readonly region: string | undefined;
  readonly io: Io;
}): Promise<DemoTarget> {
  const profile = o.profile ?? o.io.env["AWS_PROFILE"];
  const region = await findRegion(o.region, profile, o.io);
  return {
    name: "aws",
    region,
    endpointName: o.endpointName,
    source: (transport) => defaultChain(region, profile, transport),
    sts: endpointOptionsFromEnv(o.io.env, "sts"),
    sagemaker: endpointOptionsFromEnv(o.io.env, "sagemaker-runtime"),
    ...(o.roleArn === undefined ? {} : { roleArn: o.roleArn }),
    ...certificateAuthorities(o.io),
    close: () => Promise.resolve(),
  };
}
