// What a team writes itself: hono and jose verify a JWT of a page's user, and a Map caches the credentials of each user. It has no limits,
// no audit trail, no metrics, and it renews a session only when a user asks after its end.
// argv: port, file with the issuer's keys, ARN of the role.
import { readFileSync } from "node:fs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { createLocalJWKSet, jwtVerify } from "jose";
import { audience, issuer, origin } from "./identity.mjs";
import { allow, durationSeconds } from "./grant.mjs";

const [port, keyFile, roleArn] = process.argv.slice(2);
const keys = createLocalJWKSet(JSON.parse(readFileSync(keyFile, "utf8")));
const sts = new STSClient({});
const cache = new Map();

async function assume(user) {
  const Statement = allow.map(({ actions, resources }) => ({ Effect: "Allow", Action: actions, Resource: resources }));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: user,
      SourceIdentity: user,
      DurationSeconds: durationSeconds,
      Policy: JSON.stringify({ Version: "2012-10-17", Statement }),
    }),
  );
  return {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
    expiration: Credentials.Expiration.toISOString(),
  };
}

async function credentialsOf(user) {
  const cached = cache.get(user);
  if (cached !== undefined && Date.parse((await cached).expiration) - Date.now() > 60_000) return cached;
  const fetching = assume(user);
  cache.set(user, fetching);
  fetching.catch(() => cache.delete(user));
  return fetching;
}

const app = new Hono();
app.use("/v1/vend/*", cors({ origin, allowMethods: ["POST"], allowHeaders: ["authorization"] }));
app.post("/v1/vend/inference", async (context) => {
  const token = context.req.header("authorization")?.replace(/^Bearer /, "") ?? "";
  const verified = await jwtVerify(token, keys, { issuer, audience, algorithms: ["RS256"] }).catch(() => undefined);
  if (verified?.payload.sub === undefined) return context.json({ error: "TOKEN_REJECTED" }, 401);
  return context.json(await credentialsOf(verified.payload.sub), 200, { "cache-control": "no-store" });
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(port) }, () => process.stderr.write("listening\n"));
