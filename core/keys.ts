/** Where a request's prepared image lies: height x width x 3, uint8 RGB. */
export const tensorKey = (requestId: string): string => `tensors/${requestId}`;

/** Where a browser puts a request's image file. */
export const uploadKey = (requestId: string): string => `uploads/${requestId}`;

/** The request whose image lies under a key; undefined for a key that nobody was given. */
export function uploadedRequestId(key: string): string | undefined {
  return /^uploads\/([0-9a-f]{56})$/.exec(key)?.[1];
}
