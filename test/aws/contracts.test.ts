import { DynamoIdempotencyKeys } from '../../aws/dynamo-idempotency-keys.ts';
import { DynamoRows } from '../../aws/dynamo-rows.ts';
import { S3Objects } from '../../aws/s3-objects.ts';
import { idempotencyKeysContract } from '../contracts/idempotency-keys.ts';
import { objectsContract } from '../contracts/objects.ts';
import { requestRowsContract } from '../contracts/request-rows.ts';
import { startDynalite } from '../support/dynamo.ts';
import { MemoryIdempotencyKeys, MemoryObjects, MemoryRows } from '../support/memory.ts';
import { startFauxS3 } from '../support/s3.ts';

const inMemory =
  <T>(open: () => T) =>
  async () => ({ open: async () => open(), close: async () => {} });

requestRowsContract(
  'memory',
  inMemory(() => new MemoryRows()),
);
requestRowsContract('dynalite', async () => {
  const { openTable, close } = await startDynalite();
  return {
    close,
    open: async () => {
      const { client, table } = await openTable();
      return new DynamoRows(client, table);
    },
  };
});

idempotencyKeysContract(
  'memory',
  inMemory(() => new MemoryIdempotencyKeys()),
);
idempotencyKeysContract('dynalite', async () => {
  const { openTable, close } = await startDynalite();
  return {
    close,
    open: async () => {
      const { client, table } = await openTable();
      return new DynamoIdempotencyKeys(client, table);
    },
  };
});

objectsContract(
  'memory',
  inMemory(() => new MemoryObjects()),
);
objectsContract('fauxqs', async () => {
  const { openBucket, close } = await startFauxS3();
  return {
    close,
    open: async () => {
      const { client, bucket } = await openBucket();
      return new S3Objects(client, bucket);
    },
  };
});
