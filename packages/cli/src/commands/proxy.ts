import { issueKey } from "@countersign/proxy";
import { usageError } from "../cli-error.ts";
import { type Call, type Command, flag } from "../command.ts";
import type { Prepared } from "../daemon/life.ts";
import { runDaemon } from "../daemon/run.ts";
import { EXIT } from "../exit-codes.ts";
import { refuseOptions } from "../refuse-options.ts";
import { PROXY_FILE_SCHEMA } from "../proxy/schema.ts";
import { prepareProxy } from "../proxy/server.ts";
import { jsonText, visible } from "../visible.ts";

export const proxy: Command = {
  usage: "proxy CONFIG [--check] | proxy --issue | proxy --print-schema",
  details:
    "Runs a signing proxy: clients send requests signed with placeholder keys, and the proxy verifies, judges and signs\n" +
    "them anew. CONFIG is a JSON file:\n\n" +
    '  { "version": 1, "region": "eu-west-1",\n' +
    '    "listen": [{ "port": 8080 }],\n' +
    '    "admin": { "port": 9090 },\n' +
    '    "clients": [{ "name": "notebook", "keyFile": "notebook.json",\n' +
    '      "roleArn": "arn:aws:iam::111122223333:role/inference",\n' +
    '      "allow": [{ "actions": ["sagemaker:InvokeEndpoint"], "resources": ["endpoint/churn-*"] }] }] }\n\n' +
    "`--issue` prints a new placeholder key for such a keyFile.\n\n" +
    "A changed file is taken while the proxy runs, within five seconds or on SIGHUP: clients, keys, allowances, limits,\n" +
    "addresses, certificates. A wrong one is refused and the old one goes on. SIGTERM and SIGINT end it: /readyz answers\n" +
    "503, after drain.delaySeconds the ports close, and requests under way end. Audit records go to stdout and the\n" +
    "operator's log to stderr, a JSON object a line.",
  operands: 1,
  options: {
    check: { type: "boolean", help: "check CONFIG and the files that it names, and exit" },
    issue: { type: "boolean", help: "print a new placeholder key and exit" },
    "print-schema": { type: "boolean", help: "print the JSON Schema of CONFIG, for editors, and exit" },
  },
  examples: ["countersign proxy --issue > notebook.json", "countersign proxy proxy.json"],
  async run(call) {
    const { positionals, options, io } = call;
    if (flag(options, "issue")) {
      checkAlone("issue", call);
      io.stdout(`${JSON.stringify(issueKey())}\n`);
      return EXIT.ok;
    }
    if (flag(options, "print-schema")) {
      checkAlone("print-schema", call);
      io.stdout(`${JSON.stringify(PROXY_FILE_SCHEMA, null, 2)}\n`);
      return EXIT.ok;
    }
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw usageError("proxy: name one configuration file");
    const check = (prepared: Prepared): void => {
      prepared.checkCertificates();
      io.stdout(flag(options, "json") ? `${jsonText({ file, ok: true })}\n` : `${visible(file)} can be used\n`);
    };
    return runDaemon(() => prepareProxy(file, io), flag(options, "check") ? check : undefined, io);
  },
};

/** @throws CliError `USAGE` when something stands beside an option that prints and ends. */
function checkAlone(name: string, { positionals, options }: Pick<Call, "positionals" | "options">): void {
  refuseOptions(
    "proxy",
    options,
    ["check", "issue", "print-schema"].filter((other) => other !== name),
    `must not come with --${name}; run them one by one`,
  );
  if (positionals.length > 0) throw usageError(`proxy: --${name}: must come without a file`);
}
