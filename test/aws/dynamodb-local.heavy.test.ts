import { describe, it } from 'vitest';
import { idempotencyKeysContract } from '../contracts/idempotency-keys.ts';
import { requestRowsContract } from '../contracts/request-rows.ts';
import { retentionContract } from '../contracts/retention.ts';
import { runHistoryContract } from '../contracts/run-history.ts';
import { historyOn, keysOn, rowsOn } from '../support/backends.ts';
import { dynamodbLocalMissing, startDynamodbLocal } from '../support/dynamodb-local.ts';

const missing = dynamodbLocalMissing();

if (missing) {
  describe.skip(`Amazon's DynamoDB Local: skipped, because ${missing}`, () => it('runs the contract suites', () => {}));
} else {
  requestRowsContract("Amazon's DynamoDB Local", rowsOn(startDynamodbLocal));
  retentionContract("Amazon's DynamoDB Local", startDynamodbLocal);
  idempotencyKeysContract("Amazon's DynamoDB Local", keysOn(startDynamodbLocal));
  runHistoryContract("Amazon's DynamoDB Local", historyOn(startDynamodbLocal));
}
