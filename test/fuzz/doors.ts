import type { Door } from "./door.ts";
import { brokerDoors } from "./doors/broker.ts";
import { fetchDoors } from "./doors/fetch.ts";
import { cliDoors } from "./doors/cli.ts";
import { guardDoors } from "./doors/guard.ts";
import { machineDoors } from "./doors/machine.ts";
import { proxyDoors } from "./doors/proxy.ts";
import { sagemakerDoors } from "./doors/sagemaker.ts";
import { signerDoors } from "./doors/signer.ts";
import { testingDoors } from "./doors/testing.ts";
import { transportDoors } from "./doors/transport.ts";

/** Every function of the packages that reads what others wrote. */
export const doors: readonly Door[] = [
  ...signerDoors,
  ...fetchDoors,
  ...guardDoors,
  ...brokerDoors,
  ...machineDoors,
  ...sagemakerDoors,
  ...transportDoors,
  ...proxyDoors,
  ...cliDoors,
  ...testingDoors,
];
