/** Where a request's prepared image lies: height x width x 3, uint8 RGB. */
export const tensorKey = (requestId: string): string => `tensors/${requestId}`;
