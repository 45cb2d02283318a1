import { randomBytes } from 'node:crypto';
import { documentClient } from '../../aws/clients.ts';
import { DynamoRunLock } from '../../aws/dynamo-run-lock.ts';
import { required } from '../../aws/settings.ts';
import { logger } from '../log.ts';
import { type HoldEnd, holdLock } from './hold.ts';

/** The program of the container that holds the daemon's data for one run. Its end, whatever it is, ends the task. */
const messages: Record<HoldEnd, string> = {
  released: 'lock released',
  taken: 'another run holds the lock: this one steps aside',
  lost: 'the lock was lost',
};

try {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const end = await holdLock(new DynamoRunLock(documentClient(), required(process.env, 'OPERATIONS_TABLE')), {
    owner: randomBytes(16).toString('hex'),
    file: required(process.env, 'LOCK_FILE'),
    clock: Date.now,
    signal: stop.signal,
  });
  logger.info(messages[end]);
  process.exit(end === 'lost' ? 1 : 0);
} catch (error) {
  logger.fatal({ err: error }, 'the lock could not be held');
  process.exit(1);
}
