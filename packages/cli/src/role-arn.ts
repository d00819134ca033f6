import { usageError } from "./cli-error.ts";

const ROLE_ARN = /^arn:[a-z0-9-]+:iam::\d{12}:role\/\S+$/;

/**
 * Checks the role that a command line names.
 *
 * @param place the command or the option, which the message names.
 * @throws CliError `USAGE`.
 */
export function checkRoleArn(place: string, arn: string): void {
  if (ROLE_ARN.test(arn)) return;
  throw usageError(
    `${place}: the role must be an ARN such as arn:aws:iam::111122223333:role/NAME, not ${JSON.stringify(arn)}`,
  );
}
