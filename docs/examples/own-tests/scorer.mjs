import { createBroker } from "@countersign/broker";
import { createSageMaker } from "@countersign/sagemaker";
import { createTransport } from "@countersign/transport";

/** `url`, `ca`, `credentials` and `clock` are those of a local AWS; without them AWS itself is called. */
export function createScorer({ region, roleArn, url, ca, credentials, clock }) {
  const endpoint = url === undefined ? undefined : { url };
  const transport = createTransport({ ca });
  const broker = createBroker({ region, endpoint, transport, credentials, clock });
  const sagemaker = createSageMaker({ region, endpoint, transport, credentials: broker.role({ roleArn }), clock });
  return {
    async score(features) {
      const answer = await sagemaker.invoke("churn", { features });
      return answer.json();
    },
    async close() {
      await sagemaker.close();
      await broker.close();
      await transport.close();
    },
  };
}
