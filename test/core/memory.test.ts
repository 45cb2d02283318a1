import { idempotencyKeysContract } from '../contracts/idempotency-keys.ts';
import { objectsContract } from '../contracts/objects.ts';
import { quotasContract } from '../contracts/quotas.ts';
import { requestRowsContract } from '../contracts/request-rows.ts';
import { runHistoryContract } from '../contracts/run-history.ts';
import { inMemory } from '../support/backends.ts';
import { MemoryIdempotencyKeys, MemoryObjects, MemoryQuotas, MemoryRows, MemoryRunHistory } from '../support/memory.ts';

// What the tests of core stand on does what the real stores do.

requestRowsContract(
  'memory',
  inMemory(() => new MemoryRows()),
);

idempotencyKeysContract(
  'memory',
  inMemory(() => new MemoryIdempotencyKeys()),
);

objectsContract(
  'memory',
  inMemory(() => new MemoryObjects()),
);

runHistoryContract(
  'memory',
  inMemory(() => new MemoryRunHistory()),
);

quotasContract(
  'memory',
  inMemory(() => new MemoryQuotas()),
);
