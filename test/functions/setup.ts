import type { SubmitServices } from '../../core/accept.ts';
import type { InstalledModels } from '../../core/catalogue.ts';
import { requestPrediction } from '../../functions/request-prediction.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { MemoryLog } from '../support/http.ts';
import { generousAdmission, MemoryIdempotencyKeys, MemoryObjects, MemoryRows } from '../support/memory.ts';

export const installed: InstalledModels = {
  starter: { sha256: 'a'.repeat(64), weights: 'official' },
  resnet50: { sha256: 'b'.repeat(64), weights: 'synthetic' },
};

/** 22 November 2026, 12:00 UTC. */
export const noon = Date.UTC(2026, 10, 22, 12);

/** The upload function over services in memory, with ids that count and a clock that stands. */
export function setUp(changes: Partial<SubmitServices> = {}) {
  const rows = new MemoryRows();
  const objects = new MemoryObjects();
  const log = new MemoryLog();
  let ids = 0;
  const newId = () => (++ids).toString(16).padStart(56, '0');
  const services: SubmitServices = {
    ...{
      rows,
      objects,
      idempotency: new MemoryIdempotencyKeys(),
      prepare: prepareImage,
      clock: () => noon,
      newId,
      installed,
    },
    admission: generousAdmission(() => noon),
    ...changes,
  };
  return { services, rows, objects, log, fn: requestPrediction(services, log) };
}

/** The id that the n-th call of newId gives. */
export const nthId = (n: number): string => n.toString(16).padStart(56, '0');
