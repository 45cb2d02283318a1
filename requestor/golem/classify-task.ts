import type { ExeUnit } from '@golem-sdk/golem-js';
import { ProviderError } from '../../core/errors.ts';
import type { Job } from './messages.ts';

/** The work directory of the provider image: the only place that files can be transferred to and from. */
const workDir = '/golem/work';
/** Characters of a provider's error output that are worth keeping. */
const maxReason = 200;

/**
 * Runs one chunk on an engaged provider: the file there, `classify`, its answer back, unread.
 * @throws ProviderError when a step fails
 */
export async function classifyOn(exe: ExeUnit, job: Job): Promise<void> {
  const chunk = `${job.id}.chunk`;
  const answer = `${job.id}.json`;
  const batch = await exe.beginBatch();
  const results = await batch
    .uploadFile(job.chunkFile, `${workDir}/${chunk}`)
    .run('/bin/sh', ['-c', `classify ${chunk} ${answer} && rm ${chunk}`])
    .downloadFile(`${workDir}/${answer}`, job.answerFile)
    .end();
  const steps = ['send the chunk', 'classify it', 'fetch the answer'];
  steps.forEach((step, index) => {
    const result = results[index];
    if (result?.result === 'Ok') return;
    const why = `${result?.stderr ?? ''} ${result?.message ?? ''}`.trim().slice(0, maxReason) || 'no reason given';
    const provider = exe.provider.id;
    throw new ProviderError('provider_failed', `The provider could not ${step}: ${why}`, { provider });
  });
}
