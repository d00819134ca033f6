// A Lambda function behind a function URL or API Gateway: its body goes to a SageMaker endpoint.
import { SageMakerError } from "@countersign/sagemaker";
import { sagemaker } from "./client.mjs";

export async function handler(event, context) {
  try {
    // One second before Lambda ends the function: the caller then gets an answer, not a dropped connection.
    const timeoutMs = Math.max(1, context.getRemainingTimeInMillis() - 1000);
    const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
    const answer = await sagemaker.invoke(process.env.ENDPOINT_NAME, body, {
      contentType: "application/json",
      timeoutMs,
    });
    return { statusCode: 200, headers: { "content-type": "application/json" }, body: answer.text() };
  } catch (error) {
    console.error(error);
    const code = error instanceof SageMakerError ? error.code : "UNAVAILABLE";
    return { statusCode: 502, body: JSON.stringify({ error: code }) };
  }
}
