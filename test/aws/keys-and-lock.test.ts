import { DynamoApiKeys } from '../../aws/dynamo-api-keys.ts';
import { DynamoRunLock } from '../../aws/dynamo-run-lock.ts';
import { apiKeysContract } from '../contracts/api-keys.ts';
import { runLockContract } from '../contracts/run-lock.ts';
import { onTable } from '../support/backends.ts';
import { startDynalite } from '../support/dynamo.ts';

runLockContract('dynalite', onTable(startDynalite, DynamoRunLock));
apiKeysContract('dynalite', onTable(startDynalite, DynamoApiKeys));
