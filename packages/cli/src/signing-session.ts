import { parseEndpoint } from "@countersign/signer/endpoints";
import { usageError } from "./cli-error.ts";
import { type OptionValues, text } from "./command.ts";
import type { Io } from "./io.ts";
import { type Session, openSession } from "./session.ts";

/** The session of a command that signs one URL, and what the URL is signed for. */
export interface SigningSession {
  readonly session: Session;
  readonly scope: Pick<Session, "region" | "clock"> & { readonly service: string };
}

/**
 * Service and Region come from the options, else from the host. The Region may also come from the environment or profile.
 *
 * @param also what else the command needs for a host that is not known, such as `--allow-host HOST`.
 * @throws CliError `USAGE` when neither the options nor the host name the service, and what `openSession` throws.
 */
export async function openSigningSession(
  url: string,
  options: OptionValues,
  io: Io,
  also: readonly string[] = [],
): Promise<SigningSession> {
  const endpoint = parseEndpoint(url);
  const service = text(options, "service") ?? endpoint?.signingName;
  if (service === undefined) {
    const needed = ["--service NAME", ...also].join(" and ");
    throw usageError(
      `${new URL(url).host}: the host names no service known here; pass ${needed}, and --region unless AWS_REGION or the profile has it`,
    );
  }
  const region = text(options, "region") ?? endpoint?.signingRegion;
  const session = await openSession({ ...options, region }, io);
  return { session, scope: { region: session.region, service, clock: session.clock } };
}
