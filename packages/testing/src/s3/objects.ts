import { refuseOption } from "../error.ts";

/** One object as it was stored. */
export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string;
  /** Its other metadata, by header: `x-amz-meta-…`, `cache-control` and their like. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** When the object begins to exist, in milliseconds since the epoch. Default: at once. */
  readonly from?: number | undefined;
}

/** The objects of one local AWS, by `bucket/key`. A bucket exists once an object is in it. */
export interface Objects {
  put(bucket: string, key: string, object: StoredObject): void;
  get(bucket: string, key: string): StoredObject | undefined;
  remove(bucket: string, key: string): void;
  /** Removes all objects. */
  clear(): void;
  /** By location, such as `s3://bucket/key`. */
  at(location: string): StoredObject | undefined;
  /** Stores a body without a request. @throws {TestingError} `INVALID_OPTION` for another location or body. */
  seed(location: string, body: string | Uint8Array): void;
}

const place = /^s3:\/\/([^/]+)\/(.+)$/;

/** @param now the time that decides whether an object exists already, in milliseconds since the epoch. */
export function createObjects(now: () => number): Objects {
  const objects = new Map<string, StoredObject>();
  const get = (bucket: string, key: string): StoredObject | undefined => {
    const object = objects.get(`${bucket}/${key}`);
    return object?.from !== undefined && object.from > now() ? undefined : object;
  };
  return {
    put: (bucket, key, object) => void objects.set(`${bucket}/${key}`, object),
    get,
    remove: (bucket, key) => void objects.delete(`${bucket}/${key}`),
    clear: () => objects.clear(),
    at(location) {
      const [, bucket = "", key = ""] = place.exec(location) ?? [];
      return get(bucket, key);
    },
    seed(location, body) {
      const [, bucket, key] = (typeof location === "string" ? place.exec(location) : null) ?? [];
      if (bucket === undefined || key === undefined) refuseOption("location: must be such as s3://bucket/key");
      if (typeof body !== "string" && !(body instanceof Uint8Array)) refuseOption("body: must be text or bytes");
      objects.set(`${bucket}/${key}`, {
        body: Buffer.from(body),
        contentType: "binary/octet-stream",
        modifiedAt: now(),
      });
    },
  };
}
