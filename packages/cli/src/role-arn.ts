import { usageError } from "./cli-error.ts";

const ROLE_ARN = /^arn:[a-z0-9-]+:iam::\d{12}:role\/\S+$/;

/**
 * Checks the role that a command line names.
 *
 * @param command the command, which the message names.
 * @throws CliError `USAGE`.
 */
export function checkRoleArn(command: string, arn: string): void {
  if (ROLE_ARN.test(arn)) return;
  throw usageError(
    `${command}: the role must be an ARN such as arn:aws:iam::111122223333:role/NAME, not ${JSON.stringify(arn)}`,
  );
}
