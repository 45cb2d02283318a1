import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFauxqs } from '../../local/cloud/fauxqs.ts';
import type { Queue } from '../../local/cloud/queues.ts';
import type { Service } from '../../local/cloud/service.ts';
import { testAws } from './local-aws.ts';

/** The local cloud's S3 and SQS, with data that go when it closes. */
export async function startPassingFauxqs(queues: readonly Queue[] = []): Promise<Service> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mlg-test-fauxqs-'));
  const { url, close } = await startFauxqs(folder, [], queues, testAws);
  return {
    url,
    async close() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
