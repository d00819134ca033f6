// A Cloudflare Worker: callers with CLIENT_TOKEN reach one SageMaker endpoint, and never see an AWS key.
// Secrets: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, CLIENT_TOKEN. Variables: AWS_REGION, ENDPOINT_NAME.
import { createSageMaker, SageMakerError } from "@countersign/sagemaker";

// Made by the first request and kept, with its signing keys, as long as the isolate lives.
let sagemaker;

function connect(env) {
  return createSageMaker({
    region: env.AWS_REGION,
    // Only a local AWS sets AWS_ENDPOINT_URL.
    endpoint: env.AWS_ENDPOINT_URL === undefined ? undefined : { url: env.AWS_ENDPOINT_URL },
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  });
}

/** Compares digests in constant time: the time of a plain comparison tells how much of the token was right. */
async function isCaller(request, env) {
  if (!env.CLIENT_TOKEN) return false;
  const texts = [request.headers.get("authorization") ?? "", `Bearer ${env.CLIENT_TOKEN}`];
  const [given, expected] = await Promise.all(
    texts.map((text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
  );
  return crypto.subtle.timingSafeEqual(given, expected);
}

export default {
  async fetch(request, env) {
    if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
    if (!(await isCaller(request, env))) return new Response(null, { status: 401 });
    try {
      sagemaker ??= connect(env);
      const body = new Uint8Array(await request.arrayBuffer());
      const answer = await sagemaker.invoke(env.ENDPOINT_NAME, body, {
        contentType: "application/json",
        signal: request.signal,
      });
      return new Response(answer.text(), { headers: { "content-type": "application/json" } });
    } catch (error) {
      console.error(error);
      const code = error instanceof SageMakerError ? error.code : "UNAVAILABLE";
      return Response.json({ error: code }, { status: 502 });
    }
  },
};
