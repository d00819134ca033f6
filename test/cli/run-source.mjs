// Runs the command from its sources, on Node 24 or newer with the condition @countersign/source.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
const { main } = await import("../../packages/cli/src/main.ts");
process.exitCode = await main(process.argv.slice(2));
