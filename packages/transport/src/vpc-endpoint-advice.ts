/** What to do about a SageMaker host that resolves to a public address, or nothing for other hosts. */
export function vpcEndpointAdvice(_host: string): string | undefined {
  return undefined;
}
