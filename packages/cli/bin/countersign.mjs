#!/usr/bin/env node
// The AWS SDK's notice about future Node versions is for those who install this package, not for those who run a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
const { main } = await import("../dist/main.js");

process.exitCode = await main(process.argv.slice(2));
