import { usageError, CliError } from "../cli-error.ts";
import { type Command, type OptionValues, text } from "../command.ts";
import { childEnvironment } from "../exec/child-environment.ts";
import { serveCredentials } from "../exec/credential-endpoint.ts";
import { runChild } from "../exec/run-child.ts";
import { checkRoleArn } from "../role-arn.ts";
import { CREDENTIAL_OPTIONS, openSession } from "../session.ts";

export const exec: Command = {
  usage: "exec [ROLE_ARN] [options] -- COMMAND [ARGUMENT…]",
  details:
    "Runs a command with temporary credentials that renew for as long as it runs: an endpoint on loopback serves them, and\n" +
    "every AWS SDK asks it. The command's environment has the endpoint's token and no key; its arguments have neither.\n" +
    "Without a role the command gets the profile's own session.\n\n" +
    "Signals are handed on. The exit code is the command's; 127: it was not found; 128 and a number: a signal ended it.\n" +
    "The shared files are hidden from the command, because keys in their default profile would come first.",
  operands: Infinity,
  options: CREDENTIAL_OPTIONS,
  examples: [
    "countersign exec arn:aws:iam::111122223333:role/training -- python train.py",
    "countersign exec --profile inference -- aws sagemaker list-endpoints",
    'countersign exec --profile inference -- "$SHELL"',
  ],
  async run({ options, positionals, io }) {
    const { role, command } = readPositionals(positionals, options);
    let started = false;
    const withRole = role === undefined ? options : { ...options, role };
    const session = await openSession(withRole, io, { mayAsk: () => !started });
    try {
      // The first session is here before the command starts: what fails, fails now and says why.
      const { sessionToken, expiration } = await session.credentials();
      if (sessionToken === undefined || expiration === undefined) {
        throw new CliError(
          "CREDENTIALS_MISSING",
          "exec: gives a command temporary credentials only, and these are long-term keys; name a role",
        );
      }
      const endpoint = await serveCredentials(session.credentials);
      try {
        started = true;
        const { region, settings } = session;
        return await runChild(command, childEnvironment(io.env, { endpoint: endpoint.env, region, settings }), io);
      } finally {
        await endpoint.close();
      }
    } finally {
      await session.close();
    }
  },
};

function readPositionals(
  [first, ...rest]: readonly string[],
  options: OptionValues,
): { readonly role: string | undefined; readonly command: readonly string[] } {
  const isRole = first?.startsWith("arn:") === true;
  if (isRole) checkRoleArn("exec", first);
  if (isRole && text(options, "role") !== undefined) throw usageError("exec: name the role once");
  const command = isRole || first === undefined ? rest : [first, ...rest];
  if (command.length === 0) throw usageError("exec: name a command after --");
  return { role: isRole ? first : undefined, command };
}
