#!/usr/bin/env node
// The AWS SDK's notice about coming versions of Node concerns whoever installs this, not whoever runs a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
const { main } = await import("../dist/main.js");

process.exitCode = await main(process.argv.slice(2));
