// What all variants send: the same endpoint, body, region and credentials.
export const region = "us-east-1";
export const endpointName = "churn";
export const path = `/endpoints/${endpointName}/invocations`;
export const contentType = "application/json";
export const connections = 64;
export const body = JSON.stringify({ instances: [{ features: Array.from({ length: 40 }, (_, index) => index / 8) }] });
export const credentials = {
  accessKeyId: "ASIAEXAMPLEEXAMPLE01",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  // As long as those of STS.
  sessionToken: `IQoJb3JpZ2luX2VjE${"Wd4mZ0Qe7rT9yU2iO5pA1sD3fG6hJ8kL".repeat(20)}Zx==`,
};
