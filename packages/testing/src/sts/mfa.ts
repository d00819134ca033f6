import type { Principal } from "../iam/principal.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import type { World } from "../world.ts";
import type { Constraints } from "./limits.ts";

/** Checks `SerialNumber` and `TokenCode`. Returns when the caller proved a second factor; undefined: it did not try. */
export function readMfa(form: Form, caller: Principal, world: World, constraints: Constraints): Date | undefined {
  const serialNumber = constraints.optional("serialNumber", form.text("SerialNumber"));
  const code = constraints.optional("tokenCode", form.text("TokenCode"));
  constraints.settle();
  if (serialNumber === undefined && code === undefined) return undefined;
  const device = world.mfaDevices.get(caller.arn);
  const spent = `mfa ${serialNumber} ${code}`;
  const good =
    device !== undefined &&
    device.serialNumber === serialNumber &&
    code !== undefined &&
    device.codes?.includes(code) !== false &&
    !world.spent.has(spent);
  if (!good) {
    const reason =
      device?.serialNumber === serialNumber ? "invalid MFA one time pass code. " : "must validate MFA device.";
    throw new AwsError("AccessDenied", `MultiFactorAuthentication failed with ${reason}`);
  }
  world.spent.add(spent);
  return new Date(world.clock.now());
}
