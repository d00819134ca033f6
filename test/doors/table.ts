import type { Doors } from "./table/shared.ts";
import { brokerDoors } from "./table/broker.ts";
import { browserDoors } from "./table/browser.ts";
import { cliDoors } from "./table/cli.ts";
import { fetchDoors } from "./table/fetch.ts";
import { guardDoors } from "./table/guard.ts";
import { proxyDoors } from "./table/proxy.ts";
import { sagemakerDoors } from "./table/sagemaker.ts";
import { sdkDoors } from "./table/sdk.ts";
import { signerDoors } from "./table/signer.ts";
import { testingDoors } from "./table/testing.ts";
import { transportDoors } from "./table/transport.ts";

/** By folder of the package and by entry point: each export with a right call, or why it is not called. */
export const table: Readonly<Record<string, Doors>> = {
  broker: brokerDoors,
  browser: browserDoors,
  cli: cliDoors,
  fetch: fetchDoors,
  guard: guardDoors,
  proxy: proxyDoors,
  sagemaker: sagemakerDoors,
  sdk: sdkDoors,
  signer: signerDoors,
  testing: testingDoors,
  transport: transportDoors,
};
