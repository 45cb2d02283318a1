/** The sparse index of the table of requests: partition `queue`, sort `due`. */
export const workIndex = 'work';

/** Ids of items in the table of requests that are no requests; no request can have them. */
export const otherIds = {
  apiKey: (id: string): string => `api-key#${id}`,
  idempotencyKey: (key: string): string => `idempotency-key#${key}`,
  runHistory: 'recent-runs',
  runLock: 'lock#run',
} as const;

/** The index's queue that lists the API keys; no model has it. */
export const apiKeysQueue = 'api-keys';
