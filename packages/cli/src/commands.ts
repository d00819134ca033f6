import type { Entry, Registry } from "./command.ts";

/** The commands in the order of the help. Each is loaded when it is called, so that quick commands stay quick. */
export const COMMANDS: Registry = Object.freeze(
  Object.assign(Object.create(null) as Record<string, Entry>, {
    invoke: {
      summary: "call a SageMaker endpoint",
      load: async () => (await import("./commands/invoke.ts")).invoke,
    },
    call: {
      summary: "call any operation of the SageMaker control plane, after the guard has checked it",
      load: async () => (await import("./commands/call.ts")).call,
    },
    sign: {
      summary: "print a signed request as a curl command, or as JSON",
      load: async () => (await import("./commands/sign.ts")).sign,
    },
    fetch: {
      summary: "sign a request and send it",
      load: async () => (await import("./commands/fetch.ts")).fetchCommand,
    },
    presign: {
      summary: "print a presigned URL and its expiry",
      load: async () => (await import("./commands/presign.ts")).presign,
    },
    token: {
      summary: "print a bearer token for OpenAI-compatible SageMaker endpoints",
      load: async () => (await import("./commands/token.ts")).token,
    },
    explain: {
      summary: "show every step of a signature; with a 403, the first difference and its cause",
      load: async () => (await import("./commands/explain.ts")).explainCommand,
    },
    doctor: {
      summary: "check environment, clock, credentials, names and TLS, and show how to fix each fault",
      load: async () => (await import("./commands/doctor.ts")).doctor,
    },
    guard: {
      summary: "check request files against a posture; `guard policy` prints it as policy",
      load: async () => (await import("./commands/guard.ts")).guard,
    },
    credentials: {
      summary: "print credentials for `credential_process`, from the daemon if it runs",
      load: async () => (await import("./commands/credentials.ts")).credentials,
    },
    exec: {
      summary: "run a command with temporary credentials that renew while it runs",
      load: async () => (await import("./commands/exec.ts")).exec,
    },
    console: {
      summary: "print or open a URL that signs a browser in to the AWS console",
      load: async () => (await import("./commands/console.ts")).consoleCommand,
    },
    serve: {
      summary: "run the broker for browsers, containers and this machine's command lines",
      load: async () => (await import("./commands/serve.ts")).serve,
    },
    drill: {
      summary: "practise outages with a configuration of serve, on a local AWS",
      load: async () => (await import("./commands/drill.ts")).drill,
    },
    proxy: {
      summary: "sign anew what other programs send with placeholder keys, after judging it",
      load: async () => (await import("./commands/proxy.ts")).proxy,
    },
    local: {
      summary: "run a local AWS that verifies every signature",
      load: async () => (await import("./commands/local.ts")).local,
    },
    demo: {
      summary: "run the whole job once, on a local AWS or on your own",
      load: async () => (await import("./commands/demo.ts")).demo,
    },
    completion: {
      summary: "print a completion script for bash, zsh or fish",
      load: async () => (await import("./commands/completion.ts")).completion,
    },
  } satisfies Record<string, Entry>),
);
