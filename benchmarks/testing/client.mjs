// One client for all servers: signed requests over connections that stay open.
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { applySignature, signRequest } from "@countersign/signer";

export async function createClient(server) {
  const { credentials, ca } = await server.settings();
  const secure = server.url.startsWith("https:");
  const agent = new (secure ? https : http).Agent({ keepAlive: true, ca });

  function send(service, path, headers, body) {
    const plain = { method: "POST", url: server.url + path, headers, body };
    const signed = applySignature(
      plain,
      signRequest(plain, { credentials, region: "us-east-1", service, date: new Date() }),
    );
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(
        signed.url,
        { method: "POST", headers: signed.headers, agent },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (chunk) => (text += chunk));
          answer.on("error", reject).on("end", () => resolve({ status: answer.statusCode, text }));
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  async function succeed(...request) {
    const { status, text } = await send(...request);
    if (status >= 300) throw new Error(`${status}: ${text.slice(0, 300)}`);
    return text;
  }

  return {
    control: async (operation, input) =>
      JSON.parse(
        (await succeed(
          "sagemaker",
          "/",
          { "content-type": "application/x-amz-json-1.1", "x-amz-target": `SageMaker.${operation}` },
          JSON.stringify(input),
        )) || "{}",
      ),
    sts: (parameters) =>
      succeed(
        "sts",
        "/",
        { "content-type": "application/x-www-form-urlencoded" },
        new URLSearchParams({ Version: "2011-06-15", ...parameters }).toString(),
      ),
    invoke: (name, body) =>
      succeed("sagemaker", `/endpoints/${name}/invocations`, { "content-type": "text/plain" }, body),
    /** Asks until the server answers. */
    async untilReady() {
      for (;;) {
        try {
          return await this.sts({ Action: "GetCallerIdentity" });
        } catch (error) {
          if (error.code !== "ECONNREFUSED") throw error;
          await sleep(2);
        }
      }
    },
    close: () => agent.destroy(),
  };
}
