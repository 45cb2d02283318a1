import type { VariableName } from './settings.ts';

/** The sparse index of the table of requests: partition `queue`, sort `due`. */
export const workIndex = 'work';

/** Ids of items in the table of requests that are no requests; no request can have them. */
export const otherIds = {
  idempotencyKey: (key: string): string => `idempotency-key#${key}`,
  quota: (sender: string, day: string): string => `quota#${sender}#${day}`,
} as const;

/** Ids of items in the operations table. Roles are limited to ids there, so that a new kind needs a prefix of its own. */
export const operationIds = {
  apiKey: (id: string): string => `api-key#${id}`,
  daySpent: (day: string): string => `spent#${day}`,
  runHistory: 'recent-runs',
  runLock: 'lock#run',
} as const;

/** Variables of those who open the requests, of those who say when it is their turn, of those who open the images too, and of those who take images. */
const rowVariables = ['table', 'resultDays'] as const satisfies readonly VariableName[];
export const readerVariables = [...rowVariables, 'operations'] as const satisfies readonly VariableName[];
export const storeVariables = [...rowVariables, 'bucket'] as const satisfies readonly VariableName[];
export const submitVariables = [
  ...storeVariables,
  'models',
  'backlog',
  'dailyRequests',
] as const satisfies readonly VariableName[];
