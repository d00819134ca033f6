// A program that finds a local AWS through its environment.
import { createScorer } from "./scorer.mjs";

const { AWS_REGION: region, AWS_ENDPOINT_URL: url, ROLE_ARN: roleArn } = process.env;
const scorer = createScorer({ region, roleArn, url });
console.log(await scorer.score([0.5, 1.5]));
await scorer.close();
