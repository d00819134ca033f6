import { createSigner } from "@countersign/signer";
import { type Command, flag } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { expiresOption, readSeconds } from "../seconds-option.ts";
import { REQUEST_OPTIONS, readRequestLine } from "../request-line.ts";
import { CREDENTIAL_OPTIONS } from "../session.ts";
import { openSigningSession } from "../signing-session.ts";

export const presign: Command = {
  usage: "presign [options] URL",
  details:
    "A presigned URL stops working with the credentials that made it. The printed expiry is the earlier of the two.",
  operands: 1,
  options: { ...REQUEST_OPTIONS, ...expiresOption("1 to 604800 (7 days); default: 3600"), ...CREDENTIAL_OPTIONS },
  examples: [
    "countersign presign --expires-in 900 'https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15'",
  ],
  async run({ positionals, options, io }) {
    const line = readRequestLine(positionals, options);
    const { session, scope } = await openSigningSession(line.url, options, io);
    try {
      const signer = createSigner({ ...scope, credentials: session.credentials });
      const expiresIn = readSeconds(options, "expires-in");
      const { url, expiresAt } = await signer.presign(line, expiresIn === undefined ? {} : { expiresIn });
      if (flag(options, "json")) io.stdout(`${JSON.stringify({ url, expiresAt: expiresAt.toISOString() }, null, 2)}\n`);
      else {
        io.stdout(`${url}\n`);
        io.stderr(`expires ${expiresAt.toISOString()}\n`);
      }
      return EXIT.ok;
    } finally {
      await session.close();
    }
  },
};
