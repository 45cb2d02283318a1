import { DynamoQuotas } from '../../aws/dynamo-quotas.ts';
import { idempotencyKeysContract } from '../contracts/idempotency-keys.ts';
import { objectsContract } from '../contracts/objects.ts';
import { quotasContract } from '../contracts/quotas.ts';
import { requestRowsContract } from '../contracts/request-rows.ts';
import { retentionContract } from '../contracts/retention.ts';
import { runHistoryContract } from '../contracts/run-history.ts';
import { historyOn, keysOn, objectsOn, onTable, rowsOn } from '../support/backends.ts';
import { startDynalite } from '../support/dynamo.ts';
import { startFauxS3 } from '../support/s3.ts';

requestRowsContract('dynalite', rowsOn(startDynalite));
retentionContract('dynalite', startDynalite);

idempotencyKeysContract('dynalite', keysOn(startDynalite));

objectsContract('fauxqs', objectsOn(startFauxS3));

runHistoryContract('dynalite', historyOn(startDynalite));

quotasContract('dynalite', onTable(startDynalite, DynamoQuotas));
