import type { VariableName } from './settings.ts';

/** The sparse index of the table of requests: partition `queue`, sort `due`. */
export const workIndex = 'work';

/** Ids of items in the table of requests that are no requests; no request can have them. */
export const otherIds = {
  apiKey: (id: string): string => `api-key#${id}`,
  daySpent: (day: string): string => `spent#${day}`,
  idempotencyKey: (key: string): string => `idempotency-key#${key}`,
  runHistory: 'recent-runs',
  runLock: 'lock#run',
} as const;

/** The index's queue that lists the API keys; no model has it. */
export const apiKeysQueue = 'api-keys';

/** Variables of those who open the requests, of those who open the images too, and of those who take images. */
export const rowVariables = ['table', 'resultDays'] as const satisfies readonly VariableName[];
export const storeVariables = [...rowVariables, 'bucket'] as const satisfies readonly VariableName[];
export const submitVariables = [...storeVariables, 'models'] as const satisfies readonly VariableName[];
