/** Without a file system there are no paths: give the report's bytes or the parsed object. */
export function readReport(path: string): Promise<Uint8Array> {
  return Promise.reject(new Error(`This runtime has no file system to read ${path} from.`));
}
