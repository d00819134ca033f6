import type { AwsCredentials } from "@countersign/signer";
import { type EndpointOptions, resolveEndpoint } from "@countersign/signer/endpoints";
import type { Transport } from "@countersign/transport";
import { CliError } from "../cli-error.ts";

/** Where a partition signs in, and where its console is. */
interface Console {
  readonly signIn: string;
  readonly home: string;
}

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 * https://docs.aws.amazon.com/general/latest/gr/signin-service.html
 */
const CONSOLES: Readonly<Record<string, Console>> = {
  __proto__: null as never,
  aws: { signIn: "signin.aws.amazon.com", home: "console.aws.amazon.com" },
  "aws-cn": { signIn: "signin.amazonaws.cn", home: "console.amazonaws.cn" },
  "aws-us-gov": { signIn: "signin.amazonaws-us-gov.com", home: "console.amazonaws-us-gov.com" },
};

/** What a sign-in URL is made from. */
export interface SignIn {
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly transport: Pick<Transport, "request">;
  /** An address of your own for the federation endpoint. */
  readonly endpoint: EndpointOptions;
  /** Default: the console's home in the Region. */
  readonly destination?: string | undefined;
  /** 900-43,200 seconds. Default: as long as the credentials. */
  readonly durationSeconds?: number | undefined;
}

/** The answer has a token of about 2 kB. */
const MAX_ANSWER = 64 * 1024;
const LIMIT_MS = 15_000;

/**
 * Exchanges temporary credentials for a URL that signs a browser in to the console. It works for 15 minutes, for anyone
 * who has it.
 *
 * @throws CliError `CREDENTIALS_MISSING`, `UNKNOWN_REGION`, `CONSOLE_REFUSED`; TransportError.
 */
export async function signInUrl(request: SignIn): Promise<string> {
  const { credentials, region, transport, endpoint, durationSeconds } = request;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  if (sessionToken === undefined) {
    throw new CliError(
      "CREDENTIALS_MISSING",
      "console: needs temporary credentials, and these are long-term keys; name a role",
    );
  }
  const { partition } = resolveEndpoint({ service: "sts", region });
  const found = CONSOLES[partition];
  if (found === undefined)
    throw new CliError("UNKNOWN_REGION", `console: the partition ${partition} has no known console`);
  const destination = destinationIn(request, found);
  const federation =
    endpoint.url === undefined ? `https://${region}.${found.signIn}` : String(endpoint.url).replace(/\/+$/, "");
  const session = JSON.stringify({ sessionId: accessKeyId, sessionKey: secretAccessKey, sessionToken });
  const query = new URLSearchParams({
    Action: "getSigninToken",
    ...(durationSeconds !== undefined && { SessionDuration: String(durationSeconds) }),
    Session: session,
  });
  const hint = durationSeconds === undefined ? "" : "; a session of a chained role takes no --duration";
  const token = await signInToken(`${federation}/federation?${query.toString()}`, transport, hint);
  const login = new URLSearchParams({
    Action: "login",
    Issuer: "countersign",
    Destination: destination,
    SigninToken: token,
  });
  return `${federation}/federation?${login.toString()}`;
}

async function signInToken(url: string, transport: Pick<Transport, "request">, hint: string): Promise<string> {
  const { statusCode, body } = await transport.request(url, { method: "GET", signal: AbortSignal.timeout(LIMIT_MS) });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) break;
  }
  // The answer is not quoted: it has a token, and the request had keys.
  if (statusCode !== 200) {
    throw new CliError("CONSOLE_REFUSED", `console: the federation endpoint answered with status ${statusCode}${hint}`);
  }
  const token = /^\s*\{\s*"SigninToken"\s*:\s*"([\w\-+/=.]{1,16384})"\s*\}\s*$/.exec(text)?.[1];
  if (token !== undefined) return token;
  throw new CliError("CONSOLE_REFUSED", "console: the answer of the federation endpoint must have a SigninToken");
}

/** @throws CliError `USAGE`: the destination is outside the console, and would receive a browser that has just signed in. */
function destinationIn({ destination, region }: SignIn, { home }: Console): string {
  if (destination === undefined) return `https://${region}.${home}/`;
  const url = URL.canParse(destination) ? new URL(destination) : undefined;
  const isConsole = url?.protocol === "https:" && (url.hostname === home || url.hostname.endsWith(`.${home}`));
  if (isConsole && url.port === "" && url.username + url.password === "") return url.href;
  throw new CliError("USAGE", `console: --destination must be an https: page of ${home}`);
}
