import { createSageMaker } from "@countersign/sagemaker";
import { usageError } from "../cli-error.ts";
import { type Command, flag, text } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { noteFileName, readInput } from "../input.ts";
import { SESSION_OPTIONS, openSession } from "../session.ts";
import { jsonText } from "../visible.ts";
import { writeParts } from "../write-parts.ts";

export const invoke: Command = {
  usage: "invoke ENDPOINT [--data DATA|@FILE] [options]",
  details:
    "The model's answer goes to stdout as it came. With --stream parts are written as they arrive; with --json the\n" +
    "answer's metadata and its body, as text or base64, are printed as one JSON object.",
  operands: 1,
  options: {
    data: {
      type: "string",
      short: "d",
      value: "DATA|@FILE",
      help: "the body: text, @FILE, or @- for standard input; default: {}",
    },
    stream: { type: "boolean", help: "read the answer as a response stream" },
    "content-type": { type: "string", value: "TYPE", help: "default: application/json" },
    accept: { type: "string", value: "TYPE", help: "content type wanted back" },
    "target-variant": { type: "string", value: "NAME", help: "production variant to ask" },
    "target-model": { type: "string", value: "PATH", help: "model of a multi-model endpoint" },
    "inference-component": { type: "string", value: "NAME", help: "inference component to ask" },
    ...SESSION_OPTIONS,
  },
  examples: [
    `countersign invoke recommender --data '{"instances":[[0.5,1.5]]}'`,
    "countersign invoke llm --stream --data @prompt.json --role arn:aws:iam::111122223333:role/inference",
  ],
  async run({ positionals, options, io }) {
    const [endpointName, ...more] = positionals;
    if (endpointName === undefined || more.length > 0) throw usageError("invoke: name one endpoint");
    if (flag(options, "stream") && flag(options, "json"))
      throw usageError("invoke: --stream writes the parts as they come; --json needs the whole answer. Choose one");
    const data = text(options, "data");
    noteFileName("--data", data, io);
    const body = readInput(data ?? "{}");
    const session = await openSession(options, io);
    const sagemaker = createSageMaker({
      region: session.region,
      credentials: session.credentials,
      transport: session.transport,
      clock: session.clock,
      endpoint: session.endpoint("sagemaker-runtime"),
    });
    const invocation = {
      contentType: text(options, "content-type") ?? "application/json",
      accept: text(options, "accept"),
      targetVariant: text(options, "target-variant"),
      targetModel: text(options, "target-model"),
      inferenceComponent: text(options, "inference-component"),
    };
    try {
      if (flag(options, "stream")) {
        await writeParts(io, sagemaker.invokeStream(endpointName, body, invocation));
        return EXIT.ok;
      }
      const answer = await sagemaker.invoke(endpointName, body, invocation);
      if (flag(options, "json")) {
        const { contentType, invokedProductionVariant, customAttributes, requestId } = answer;
        io.stdout(
          `${jsonText({ contentType, invokedProductionVariant, customAttributes, requestId, ...printable(answer.body) }, 2)}\n`,
        );
        return EXIT.ok;
      }
      io.stdout(answer.body);
      if (io.isTerminal && answer.body.at(-1) !== 0x0a) io.stdout("\n");
      return EXIT.ok;
    } finally {
      await sagemaker.close();
      await session.close();
    }
  },
};

/** The body as text if it is UTF-8, else in base64. */
function printable(body: Uint8Array): { readonly body: string } | { readonly bodyBase64: string } {
  const bytes = Buffer.from(body);
  const content = bytes.toString("utf8");
  return Buffer.from(content).equals(bytes) ? { body: content } : { bodyBase64: bytes.toString("base64") };
}
