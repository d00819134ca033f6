/** One object as it was stored. */
export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** The objects of one local AWS, by `bucket/key`. A bucket exists once an object is in it. */
export interface Objects {
  put(bucket: string, key: string, object: StoredObject): void;
  get(bucket: string, key: string): StoredObject | undefined;
  remove(bucket: string, key: string): void;
  /** By location, such as `s3://bucket/key`. */
  at(location: string): StoredObject | undefined;
}

export function createObjects(): Objects {
  const objects = new Map<string, StoredObject>();
  const get = (bucket: string, key: string): StoredObject | undefined => objects.get(`${bucket}/${key}`);
  return {
    put: (bucket, key, object) => void objects.set(`${bucket}/${key}`, object),
    get,
    remove: (bucket, key) => void objects.delete(`${bucket}/${key}`),
    at(location) {
      const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
      return get(bucket, key);
    },
  };
}
