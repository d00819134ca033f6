import { openRoleSession } from "../sts/session.ts";
import type { Service } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { readJson } from "../wire/json-body.ts";
import { type Answer, restJson } from "../wire/protocol.ts";
import { headerOf, type ReceivedHead, type ReceivedRequest } from "../wire/received-request.ts";
import type { Call, World } from "../world.ts";

interface Grant {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const hour = 3_600_000;

/**
 * IAM Identity Center: the OIDC service that signs a device in, and the portal that gives out role credentials
 * (https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html,
 * https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html). A device that asks is approved at
 * once, and every role of the local AWS is assigned.
 */
export function sso(world: World): Service {
  const clients = new Map<string, string>();
  const devices = new Map<string, string>();
  const access = new Map<string, Grant>();
  const refresh = new Set<string>();

  const register = (): object => {
    const clientId = world.ids.text(22);
    const clientSecret = world.ids.text(64);
    clients.set(clientId, clientSecret);
    const issued = Math.floor(world.clock.now() / 1000);
    return { clientId, clientSecret, clientIdIssuedAt: issued, clientSecretExpiresAt: issued + 90 * 86_400 };
  };

  const client = ({ clientId, clientSecret }: Fields): string => {
    if (typeof clientId !== "string" || clients.get(clientId) !== clientSecret) {
      throw oidcError(401, "InvalidClientException", "invalid_client", "Invalid client");
    }
    return clientId;
  };

  const authorizeDevice = (fields: Fields): object => {
    const deviceCode = world.ids.text(43);
    const userCode = `${world.ids.hex(4)}-${world.ids.hex(4)}`.toUpperCase();
    devices.set(deviceCode, client(fields));
    const verificationUri = "https://device.sso.local";
    const complete = `${verificationUri}?user_code=${userCode}`;
    return { deviceCode, userCode, verificationUri, verificationUriComplete: complete, expiresIn: 600, interval: 1 };
  };

  const token = (fields: Fields): object => {
    const clientId = client(fields);
    const { grantType, deviceCode, refreshToken } = fields;
    const allowed =
      grantType === "urn:ietf:params:oauth:grant-type:device_code"
        ? typeof deviceCode === "string" && devices.get(deviceCode) === clientId && devices.delete(deviceCode)
        : grantType === "refresh_token" && typeof refreshToken === "string" && refresh.has(refreshToken);
    if (!allowed) throw oidcError(400, "InvalidGrantException", "invalid_grant", "Invalid grant provided");
    const accessToken = world.ids.text(64);
    const next = world.ids.text(64);
    access.set(accessToken, { expiresAt: world.clock.now() + 8 * hour });
    refresh.add(next);
    return { accessToken, tokenType: "Bearer", expiresIn: 8 * 3600, refreshToken: next };
  };

  const signedIn = (request: ReceivedRequest): string => {
    const held = headerOf(request, "x-amz-sso_bearer_token") ?? "";
    const grant = access.get(held);
    if (grant === undefined || grant.expiresAt <= world.clock.now()) {
      throw new AwsError("UnauthorizedException", "Session token not found or invalid", { status: 401 });
    }
    return held;
  };

  const roleCredentials = (request: ReceivedRequest): object => {
    const name = request.url.searchParams.get("role_name");
    const account = request.url.searchParams.get("account_id");
    const role = [...world.roles.values()].find((each) => each.name === name && each.accountId === account);
    if (role === undefined) throw new AwsError("ForbiddenException", "No access", { status: 403 });
    const { key } = openRoleSession(world, {
      role,
      sessionName: "sso-user",
      durationS: 3600,
      policies: { documents: undefined, text: "" },
      tags: {},
      transitiveTagKeys: [],
    });
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = key.credentials;
    return { roleCredentials: { accessKeyId, secretAccessKey, sessionToken, expiration: expiration?.getTime() } };
  };

  const operations: Readonly<Record<string, readonly [name: string, run: (request: ReceivedRequest) => object]>> = {
    "POST /client/register": ["RegisterClient", register],
    "POST /device_authorization": ["StartDeviceAuthorization", (request) => authorizeDevice(readJson(request))],
    "POST /token": ["CreateToken", (request) => token(readJson(request))],
    "GET /federation/credentials": [
      "GetRoleCredentials",
      (request) => {
        signedIn(request);
        return roleCredentials(request);
      },
    ],
    "GET /assignment/accounts": [
      "ListAccounts",
      (request) => {
        signedIn(request);
        return { accountList: world.accounts.map((accountId) => ({ accountId, accountName: accountId })) };
      },
    ],
    "GET /assignment/roles": [
      "ListAccountRoles",
      (request) => {
        signedIn(request);
        const accountId = request.url.searchParams.get("account_id");
        const roles = [...world.roles.values()].filter((role) => role.accountId === accountId);
        return { roleList: roles.map((role) => ({ roleName: role.name, accountId })) };
      },
    ],
    "POST /logout": [
      "Logout",
      (request) => {
        access.delete(signedIn(request));
        return {};
      },
    ],
  };
  const routed = ({ method, url }: ReceivedHead): (typeof operations)[string] | undefined => {
    const path = `${method} ${url.pathname}`;
    // CreateTokenWithIAM is POST /token?aws_iam=t, a signed operation of its own.
    return Object.hasOwn(operations, path) && !url.searchParams.has("aws_iam") ? operations[path] : undefined;
  };

  return {
    name: "sso",
    signingName: "sso",
    protocol: restJson,
    body: "buffered",
    operationOf: (head) => routed(head)?.[0],
    route(request) {
      const found = routed(request);
      if (found === undefined) {
        throw new AwsError("UnknownOperationException", "IAM Identity Center has no such operation.", { status: 404 });
      }
      const [name, run] = found;
      const input = request.method === "POST" ? readJson(request) : Object.fromEntries(request.url.searchParams);
      return { name, input, authentication: "none", run: (_call: Call) => answer(run(request)) };
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function answer(output: object): Answer {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(output) };
}

/** Errors of the OIDC service carry OAuth's members (RFC 6749 section 5.2). */
function oidcError(status: number, code: string, error: string, description: string): AwsError {
  return new AwsError(code, description, { status, members: { error, error_description: description } });
}
