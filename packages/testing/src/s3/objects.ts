/** One object as it was stored. */
export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string;
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
}

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
      const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
      return get(bucket, key);
    },
  };
}
