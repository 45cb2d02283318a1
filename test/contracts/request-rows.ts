import { describe } from 'vitest';
import type { RequestRows } from '../../core/ports.ts';
import type { Backend } from '../support/backends.ts';
import { erasureTests } from './request-rows/erasure.ts';
import { givenRows } from './request-rows/given.ts';
import { leaseTests } from './request-rows/leases.ts';
import { queueTests } from './request-rows/queue.ts';
import { replacementTests } from './request-rows/replacement.ts';
import { sequenceTests } from './request-rows/sequences.ts';
import { uploadTests } from './request-rows/uploads.ts';

/** What every implementation of RequestRows must do. */
export function requestRowsContract(name: string, backend: () => Promise<Backend<RequestRows>>): void {
  describe(`${name} as RequestRows`, () => {
    const given = givenRows(backend);
    queueTests(given);
    replacementTests(given);
    leaseTests(given);
    uploadTests(given);
    erasureTests(given);
    sequenceTests(given);
  });
}
