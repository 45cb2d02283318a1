import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoRows } from '../../aws/dynamo-rows.ts';
import { S3Objects } from '../../aws/s3-objects.ts';
import { leaseMs } from '../../core/request.ts';
import { run } from '../../requestor/run.ts';
import { impatient, injectFaults } from '../support/aws-faults.ts';
import { type DynamoServer, startDynalite } from '../support/dynamo.ts';
import { TestProviders } from '../support/providers.ts';
import { random } from '../support/random.ts';
import { addRequests, answerOf, runnable, start } from '../support/run.ts';
import { type S3Server, startFauxS3 } from '../support/s3.ts';
import { failureOf, outcomeOf } from '../support/steps.ts';

describe("on AWS's bad days", () => {
  let dynamo: DynamoServer;
  let s3: S3Server;

  beforeAll(async () => {
    dynamo = await startDynalite();
    s3 = await startFauxS3();
  });
  afterAll(async () => {
    await dynamo?.close();
    await s3?.close();
  });

  it.each([0.1, 0.3, 0.5])(
    'with %d of all calls failing, nothing is lost and nothing is answered twice',
    async (share) => {
      const [goodDynamo, table] = await dynamo.openTable();
      const [goodS3, bucket] = await s3.openBucket();
      const good = { rows: new DynamoRows(goodDynamo, table, 30), objects: new S3Objects(goodS3, bucket) };
      const requests = [...(await addRequests(good, 'starter', 24)), ...(await addRequests(good, 'vgg16', 8))];

      const clients = [dynamo.connect({ retryStrategy: impatient }), s3.connect({ retryStrategy: impatient })] as const;
      for (const client of clients) injectFaults(client, share, random(`${share}`));
      const rows = new DynamoRows(clients[0], table, 30);
      const objects = new S3Objects(clients[1], bucket);
      const { services, options } = runnable(new TestProviders());
      for (let i = 0; i < 8; i++) {
        const clock = () => start + i * (leaseMs + 1);
        await run({ ...services, rows, objects, clock }, { ...options, owner: `run-${i}` });
      }
      for (const client of clients) client.destroy();

      const ends = await Promise.all(requests.map(({ id }) => good.rows.get(id)));
      for (const end of ends) expect(['done', 'failed']).toContain(end?.status);
      const expected = [...Array(24).keys(), ...Array(8).keys()].map(answerOf);
      for (const [i, end] of ends.entries()) {
        if (end?.status === 'done') expect(outcomeOf(end)?.predictions).toEqual(expected[i]);
        else expect(failureOf(end)?.code).toBe('lease_ran_out');
      }
      expect(ends.filter((end) => end?.status === 'done').length).toBeGreaterThanOrEqual(share < 0.5 ? 32 : 30);
    },
  );
});
