/** Base64 of any number of bytes. It works without `Buffer`, which only Node has. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
