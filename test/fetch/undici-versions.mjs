// Sends through a composed Agent of one undici with the request or fetch of another, and prints how that ended. Run by
// undici-versions.test.ts on several Nodes.
import { createServer } from "node:http";
import { createSigner } from "@countersign/signer";
import { signingInterceptor } from "@countersign/fetch/undici";

const [agentOf, sender] = process.argv.slice(2);
const server = createServer((request, response) => response.end(request.headers.authorization?.slice(0, 16)));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const provider = process.argv[4] === "later" ? async () => credentials : credentials;

const { Agent } = await import(agentOf);
const signer = createSigner({ region: "eu-west-1", credentials: provider });
const dispatcher = new Agent().compose(signingInterceptor(signer, { allowedHosts: ["127.0.0.1"] }));
const init = sender === "fetch" ? { dispatcher } : { dispatcher, method: "POST", body: "{}" };

async function send() {
  if (sender === "fetch") return (await fetch(url, init)).text();
  const { request } = await import(sender);
  return (await request(url, init)).body.text();
}

const limit = new Promise((resolve) => setTimeout(() => resolve("hangs"), 5000));
const outcome = await Promise.race([
  send().catch((error) => {
    const own = error.code === undefined ? error.cause : error;
    return `${own?.code}: ${own?.message}`;
  }),
  limit,
]);
console.log(outcome);
process.exit(0);
