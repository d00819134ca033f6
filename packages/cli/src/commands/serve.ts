import { usageError } from "../cli-error.ts";
import { type Call, type Command, flag } from "../command.ts";
import type { Prepared } from "../daemon/life.ts";
import { runDaemon } from "../daemon/run.ts";
import { EXIT } from "../exit-codes.ts";
import { refuseOptions } from "../refuse-options.ts";
import { SERVE_SCHEMA } from "../serve/schema.ts";
import { prepareServer } from "../serve/server.ts";
import { jsonText, visible } from "../visible.ts";

export const serve: Command = {
  usage: "serve CONFIG [--check] | serve --print-schema",
  details:
    "CONFIG is a JSON file:\n\n" +
    '  { "version": 1, "region": "eu-west-1",\n' +
    '    "listen": [{ "host": "0.0.0.0", "port": 8443, "certificate": "cert.pem", "key": "key.pem" }],\n' +
    '    "admin": { "port": 9090 },\n' +
    '    "vending": { "hosts": ["broker.example.com:8443"], "grants": { … } },\n' +
    '    "commandLine": { "roles": ["arn:aws:iam::111122223333:role/inference"] } }\n\n' +
    "A changed file is taken while the broker runs, within five seconds or on SIGHUP; a wrong one is refused and the old\n" +
    "one goes on. SIGTERM and SIGINT end it: /readyz answers 503, after drain.delaySeconds the ports close, and requests\n" +
    "under way end. Audit events go to stdout and the operator's log to stderr, a JSON object a line.",
  operands: 1,
  options: {
    check: { type: "boolean", help: "check CONFIG and the files that it names, and exit" },
    "print-schema": { type: "boolean", help: "print the JSON Schema of CONFIG, for editors, and exit" },
  },
  examples: ["countersign serve broker.json", "countersign serve broker.json --check"],
  async run(call) {
    const { positionals, options, io } = call;
    if (flag(options, "print-schema")) {
      checkAlone("print-schema", call);
      io.stdout(`${JSON.stringify(SERVE_SCHEMA, null, 2)}\n`);
      return EXIT.ok;
    }
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw usageError("serve: name one configuration file");
    const check = (prepared: Prepared): void => {
      prepared.checkCertificates();
      io.stdout(flag(options, "json") ? `${jsonText({ file, ok: true })}\n` : `${visible(file)} can be served\n`);
    };
    return runDaemon(() => prepareServer(file, io), flag(options, "check") ? check : undefined, io);
  },
};

/** @throws CliError `USAGE` when something stands beside an option that prints and ends. */
function checkAlone(name: string, { positionals, options }: Pick<Call, "positionals" | "options">): void {
  refuseOptions("serve", options, ["check"], `must not come with --${name}; run them one by one`);
  if (positionals.length > 0) throw usageError(`serve: --${name}: must come without a file`);
}
