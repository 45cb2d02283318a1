import { idempotencyKeysContract } from '../contracts/idempotency-keys.ts';
import { objectsContract } from '../contracts/objects.ts';
import { requestRowsContract } from '../contracts/request-rows.ts';
import { retentionContract } from '../contracts/retention.ts';
import { runHistoryContract } from '../contracts/run-history.ts';
import { historyOn, inMemory, keysOn, objectsOn, rowsOn } from '../support/backends.ts';
import { startDynalite } from '../support/dynamo.ts';
import { MemoryIdempotencyKeys, MemoryObjects, MemoryRows, MemoryRunHistory } from '../support/memory.ts';
import { startFauxS3 } from '../support/s3.ts';

requestRowsContract(
  'memory',
  inMemory(() => new MemoryRows()),
);
requestRowsContract('dynalite', rowsOn(startDynalite));
retentionContract('dynalite', startDynalite);

idempotencyKeysContract(
  'memory',
  inMemory(() => new MemoryIdempotencyKeys()),
);
idempotencyKeysContract('dynalite', keysOn(startDynalite));

objectsContract(
  'memory',
  inMemory(() => new MemoryObjects()),
);
objectsContract('fauxqs', objectsOn(startFauxS3));

runHistoryContract(
  'memory',
  inMemory(() => new MemoryRunHistory()),
);
runHistoryContract('dynalite', historyOn(startDynalite));
