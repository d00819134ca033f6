// Made once for each execution environment: connections and signing keys stay warm between invocations.
import { createSageMaker } from "@countersign/sagemaker";

const { AWS_REGION: region, AWS_ENDPOINT_URL: url } = process.env;

export const sagemaker = createSageMaker({
  region,
  // Only a local AWS sets AWS_ENDPOINT_URL.
  endpoint: url === undefined ? undefined : { url },
  // Lambda puts the keys of the function's role into the environment.
  credentials: () => ({
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    sessionToken: process.env.AWS_SESSION_TOKEN,
  }),
});
