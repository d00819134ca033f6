import type { BrokerCredentials, TemporaryCredentials, X509Identity } from "@countersign/broker";
import { askDaemon } from "../daemon/ask-daemon.ts";
import { CliError, usageError } from "../cli-error.ts";
import { type Call, type Command, flag, text } from "../command.ts";
import { daemonSocket } from "../daemon/daemon-socket.ts";
import { EXIT } from "../exit-codes.ts";
import { checkRoleArn } from "../role-arn.ts";
import { X509_OPTIONS, x509Identity } from "../x509-options.ts";

export const credentials: Command = {
  usage: "credentials ROLE_ARN [options]",
  details:
    "Prints credentials in the format of `credential_process`. When `countersign serve` runs for this user, they come from\n" +
    "its cache. Without a daemon, and with --profile or --no-daemon, they come from STS. With --x509 they come from IAM Roles\n" +
    "Anywhere, for a certificate.\n\n" +
    "  [profile inference]\n" +
    "  credential_process = countersign credentials arn:aws:iam::111122223333:role/inference",
  operands: 1,
  options: {
    "no-daemon": { type: "boolean", help: "ask STS even when a daemon runs" },
    region: { type: "string", value: "REGION", help: "of STS; default: the environment's or the profile's" },
    profile: {
      type: "string",
      value: "NAME",
      help: "profile whose credentials assume the role; the daemon is not asked",
    },
    ...X509_OPTIONS,
  },
  examples: [
    "countersign credentials arn:aws:iam::111122223333:role/inference",
    "countersign credentials arn:aws:iam::111122223333:role/robot --x509 robot.pem --x509-key robot.key --trust-anchor arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/ID --roles-anywhere-profile arn:aws:rolesanywhere:eu-west-1:111122223333:profile/ID",
  ],
  async run(call) {
    const [roleArn, ...more] = call.positionals;
    if (roleArn === undefined || more.length > 0) throw usageError("credentials: name one role by its ARN");
    checkRoleArn("credentials", roleArn);
    const certificate = x509Identity(call.options, roleArn);
    if (certificate !== undefined) {
      const { credentialProcessOutput } = await import("@countersign/broker/server");
      const found = await fromCertificate(certificate, call);
      call.io.stdout(`${JSON.stringify(credentialProcessOutput(found))}\n`);
      return EXIT.ok;
    }
    const output = (await fromDaemon(roleArn, call)) ?? (await fromSts(roleArn, call));
    call.io.stdout(`${output.trim()}\n`);
    return EXIT.ok;
  },
};

async function fromDaemon(roleArn: string, { options, io }: Call): Promise<string | undefined> {
  // The daemon assumes roles with its own credentials: they are not those of the profile that is named here.
  if (flag(options, "no-daemon") || text(options, "profile") !== undefined) return undefined;
  const answer = await askDaemon(daemonSocket(io.env), roleArn);
  if (!answer.running) return undefined;
  if (answer.status === 200) return answer.body;
  // The daemon does not serve this role; STS may.
  if (answer.status === 404) return undefined;
  const code = /"error":"([A-Z_]+)"/.exec(answer.body)?.[1] ?? `status ${answer.status}`;
  throw new CliError(
    "CREDENTIALS_MISSING",
    `the daemon has no credentials of ${roleArn}: ${code}; read its log, or pass --no-daemon`,
  );
}

async function fromCertificate(identity: X509Identity, { options, io }: Call): Promise<BrokerCredentials> {
  const [{ BrokerCredentials: Redacted, sources }, { certificateAuthorities }, { createTransport }, { createClock }] =
    await Promise.all([
      import("@countersign/broker"),
      import("../authorities.ts"),
      import("@countersign/transport"),
      import("@countersign/signer"),
    ]);
  const { readSettings } = await import("../session.ts");
  const settings = readSettings(text(options, "profile"), io);
  const clock = io.clock ?? createClock();
  const transport = createTransport({
    clock,
    proxy: "env",
    allowLoopbackHttp: true,
    ...certificateAuthorities(settings),
  });
  try {
    const endpoint = settings.endpoint("rolesanywhere");
    const found = await sources.x509({ ...identity, endpoint, transport, clock, env: io.env })();
    return new Redacted(found as TemporaryCredentials);
  } finally {
    await transport.close();
  }
}

async function fromSts(roleArn: string, { options, io }: Call): Promise<string> {
  const [{ createBroker }, { credentialProcessOutput }, { brokerOptionsOf, openSession }] = await Promise.all([
    import("@countersign/broker"),
    import("@countersign/broker/server"),
    import("../session.ts"),
  ]);
  const session = await openSession(options, io);
  const broker = createBroker(brokerOptionsOf(session));
  try {
    return JSON.stringify(credentialProcessOutput(await broker.role({ roleArn }).get()));
  } finally {
    await broker.close();
    await session.close();
  }
}
