/** Whether fetch would follow; without a Location it returns the answer as well. */
export function isRedirect({ type, status, headers }: Response): boolean {
  return type === "opaqueredirect" || (/^30[12378]$/.test(String(status)) && headers.has("location"));
}
