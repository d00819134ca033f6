/** Whether fetch would follow this answer. Without a Location it returns the answer too. */
export function isRedirect({ type, status, headers }: Response): boolean {
  return type === "opaqueredirect" || (/^30[12378]$/.test(String(status)) && headers.has("location"));
}
