import { STSClient } from "@aws-sdk/client-sts";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { createBroker } from "@countersign/broker";
import { region, roleArn, user } from "./local-sts.mjs";

/** A broker at the local STS, without limits that would be what is measured. */
export function broker(sts, options = {}) {
  return createBroker({
    region,
    credentials: user,
    transport: sts.transport,
    limits: { stsPerSecond: 1e6, burst: 1e6, maxInFlight: 1000, maxQueue: 1e6, ...options.limits },
    ...(options.store && { store: options.store }),
  });
}

/** What the SDK does with a provider of its own: wrapped in the memoizer of one client. */
export function sdkProvider(sts, index) {
  const client = new STSClient({
    region,
    requestHandler: sts.requestHandler,
    credentials: fromTemporaryCredentials({
      masterCredentials: user,
      params: { RoleArn: roleArn(index), RoleSessionName: "countersign" },
      clientConfig: { region, requestHandler: sts.requestHandler },
    }),
  });
  return client.config.credentials;
}
