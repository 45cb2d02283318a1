import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoRows } from '../../aws/dynamo-rows.ts';
import {
  leaseMs,
  maxAttempts,
  newRequest,
  newUpload,
  type Outcome,
  type PredictionRequest,
  uploadMs,
} from '../../core/request.ts';
import type { DynamoServer } from '../support/dynamo.ts';
import { newId } from '../support/ids.ts';
import { stepsOn } from '../support/steps.ts';

const outcome: Outcome = { predictions: [['n02124075', 'Egyptian_cat', 0.75]], weights: 'official', provider: '0xp' };
const failure = { code: 'provider_failed', message: 'The provider went away.' };
const start = 1_790_000_000_000;
const owner = 'run-a';
const lease = { owner, until: start + leaseMs };
const overdue = lease.until + 1;

/** What rows must hold for DynamoDB to remove them in time: `expires_at`, in s, on those that have ended. */
export function retentionContract(name: string, startServer: () => Promise<DynamoServer>): void {
  describe(`${name}: rows that keep results for so many days`, () => {
    let server: DynamoServer;
    beforeAll(async () => {
      server = await startServer();
    }, 60_000);
    afterAll(() => server?.close());

    it.each([1, 30, 365])('%i: are to be removed then, and not while there is anything to come', async (days) => {
      const [client, table] = await server.openTable();
      const rows = new DynamoRows(client, table, days);
      const steps = stepsOn(rows);
      const daysAfter = (ms: number) => Math.ceil(ms / 1000) + days * 86_400;
      const expiresAt = async (id: string) => {
        const { Item } = await client.send(new GetCommand({ TableName: table, Key: { id } }));
        return Item?.expires_at;
      };
      const added = async (create: (...args: Parameters<typeof newRequest>) => PredictionRequest = newRequest) => {
        const request = create(newId(), 'starter', start);
        await rows.add(request);
        return request.id;
      };
      const running = async (attempts = 1) => {
        const id = await added();
        for (let attempt = 1; attempt < attempts; attempt++) {
          await steps.claim(id, lease, start);
          await steps.retry(id, owner, failure, start);
        }
        await steps.claim(id, lease, start);
        return id;
      };

      const waiting = await added();
      expect(await expiresAt(waiting)).toBeUndefined();

      const done = await running();
      expect(await expiresAt(done)).toBeUndefined();
      await steps.complete(done, owner, outcome, start + 1500);
      expect(await expiresAt(done)).toBe(daysAfter(start + 1500));

      const failed = await running();
      await steps.fail(failed, owner, failure, start + 5);
      expect(await expiresAt(failed)).toBe(daysAfter(start + 5));

      const triedInVain = await running(maxAttempts);
      await steps.retry(triedInVain, owner, failure, start + 7000);
      expect(await expiresAt(triedInVain)).toBe(daysAfter(start + 7000));

      const vanished = await running(maxAttempts);
      await steps.recover(vanished, overdue);
      expect(await expiresAt(vanished)).toBe(daysAfter(overdue));

      const triedAgain = await running();
      await steps.retry(triedAgain, owner, failure, start);
      expect(await expiresAt(triedAgain)).toBeUndefined();

      const neverUploaded = await added(newUpload);
      expect(await expiresAt(neverUploaded)).toBe(daysAfter(start + uploadMs));

      const uploaded = await added(newUpload);
      await steps.uploaded(uploaded, start + 1);
      expect(await expiresAt(uploaded)).toBeUndefined();

      const erased = await running();
      await steps.erase(erased, start + 2500);
      expect(await expiresAt(erased)).toBe(Math.ceil((start + 2500) / 1000) + 2 * 86_400);

      const refused = await added(newUpload);
      await steps.failUpload(refused, failure, start + 9000);
      expect(await expiresAt(refused)).toBe(daysAfter(start + 9000));
    });
  });
}
