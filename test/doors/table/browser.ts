import { type Doors } from "./shared.ts";

const same = (name: string): string => `is that of ${name}`;
export const browserDoors: Doors = {
  ".": {
    createSignedFetch: same("@countersign/fetch"),
    vendedCredentials: same("@countersign/fetch/vended"),
    createInvoker: same("@countersign/sagemaker"),
    SageMakerError: same("@countersign/sagemaker"),
  },
};
