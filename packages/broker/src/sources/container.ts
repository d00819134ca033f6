import { isPlainHost, plainRequest, type PlainAnswer } from "./plain-http.ts";
import { issuedBy, readAnswer } from "./read-answer.ts";
import { readFault, readSmallFile } from "./read-file.ts";
import { readCredentials } from "./read-credentials.ts";
import { variable } from "./shared-config/shared-files.ts";
import type { Find, SourceContext } from "./source-context.ts";
import { absent, failed, invalid } from "./source-errors.ts";

const LIMIT_MS = 5000;
const MAX_TOKEN = 16_384;
const NAMES = { token: "Token", expiration: "Expiration", accountId: "AccountId" };

/**
 * Credentials of the container: ECS, EKS Pod Identity, and servers that speak the same protocol.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export const fromContainer: Find = async (context) => {
  const { env } = context;
  const relative = variable(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = variable(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative === undefined && full === undefined) {
    throw absent("container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and …_FULL_URI are not set");
  }
  const name = relative === undefined ? "AWS_CONTAINER_CREDENTIALS_FULL_URI" : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
  const url = addressOf(relative, full, name);
  const token = tokenOf(context);
  const headers = { accept: "application/json", ...(token !== undefined && { authorization: token }) };
  let answer: PlainAnswer;
  try {
    answer =
      url.protocol === "https:"
        ? await readAnswer(context, url.href, { method: "GET", headers }, LIMIT_MS)
        : await plainRequest(url, { headers, limitMs: LIMIT_MS, signal: context.signal });
  } catch (error) {
    context.signal?.throwIfAborted();
    throw failed(`container (${name})`, error);
  }
  if (answer.status !== 200) throw failed(`container (${name}): answered with status ${answer.status}`);
  return issuedBy(answer, readCredentials(answer.body, `container (${name})`, NAMES), context.clock);
};

function addressOf(relative: string | undefined, full: string | undefined, name: string): URL {
  if (relative !== undefined) {
    if (!/^\/[^/\\]/u.test(relative)) throw invalid(`${name}: must be a path that begins with one "/"`);
    const url = new URL(`http://169.254.170.2${relative}`);
    if (url.hostname !== "169.254.170.2") throw invalid(`${name}: must be a path`);
    return url;
  }
  if (full === undefined || !URL.canParse(full)) throw invalid(`${name}: must be a URL`);
  const url = new URL(full);
  const isAllowed = url.protocol === "https:" || (url.protocol === "http:" && isPlainHost(url.hostname));
  if (!isAllowed)
    throw invalid(`${name}: must be https:, or http: to this machine, 169.254.170.2 or .23, or [fd00:ec2::23]`);
  if (url.username + url.password !== "") throw invalid(`${name}: must have no user and password`);
  return url;
}

/** The token of the file is read anew each time, because EKS replaces it. */
function tokenOf({ env }: SourceContext): string | undefined {
  const file = variable(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  let token = variable(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (file !== undefined) {
    try {
      token = readSmallFile(file, 2 * MAX_TOKEN)
        .toString("utf8")
        .trim();
    } catch (error) {
      throw invalid(`AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: cannot be read (${readFault(error)})`);
    }
  }
  if (token !== undefined && (token.length > MAX_TOKEN || !/^[\x20-\x7E]+$/u.test(token))) {
    throw invalid("AWS_CONTAINER_AUTHORIZATION_TOKEN: must be visible ASCII on one line");
  }
  return token;
}
