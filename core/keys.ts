/** What the keys of stored objects begin with, by what the objects are. */
export const prefixes = { tensors: 'tensors/', uploads: 'uploads/', runs: 'runs/' } as const;

/** Returns the key of a request's prepared image: height x width x 3, uint8 RGB. */
export const tensorKey = (requestId: string): string => prefixes.tensors + requestId;

/** Returns the key under which a browser puts a request's image file. */
export const uploadKey = (requestId: string): string => prefixes.uploads + requestId;

/** Returns the request whose image lies under a key; undefined for a key that nobody was given. */
export function uploadedRequestId(key: string): string | undefined {
  if (!key.startsWith(prefixes.uploads)) return undefined;
  const id = key.slice(prefixes.uploads.length);
  return /^[0-9a-f]{56}$/.test(id) ? id : undefined;
}
