// A Lambda function with response streaming (InvokeMode: RESPONSE_STREAM): the model's answer is passed on part by part.
import { once } from "node:events";
import { sagemaker } from "./client.mjs";

// `awslambda` is a global of Lambda's Node runtime.
export const handler = awslambda.streamifyResponse(async (event, response) => {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  response.setContentType("text/event-stream");
  for await (const part of sagemaker.invokeStream(process.env.ENDPOINT_NAME, body, {
    contentType: "application/json",
  })) {
    // A slow reader slows the model down instead of filling the memory.
    if (!response.write(part)) await once(response, "drain");
  }
  response.end();
});
