#!/usr/bin/env node
// The AWS SDK's notice about future Node versions is for those who install this package, not for those who run a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
// Without a listener Node answers SIGUSR1 with a debugger on 127.0.0.1:9229, which every user of the machine could enter.
process.on("SIGUSR1", () => {});
const { main } = await import("../dist/main.js");

process.exitCode = await main(process.argv.slice(2));
