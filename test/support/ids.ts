import { randomBytes } from 'node:crypto';

/** 56 hex characters, like a request id. */
export const newId = (): string => randomBytes(28).toString('hex');
