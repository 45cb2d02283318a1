import { readFile, rm } from 'node:fs/promises';
import type { ExeUnit } from '@golem-sdk/golem-js';
import { readAnswer } from '../../core/answer.ts';
import { ProviderError } from '../../core/errors.ts';
import type { Prediction } from '../../core/predictions.ts';
import type { Job } from './messages.ts';

/** The work directory of the provider image: the only place that files can be transferred to and from. */
const workDir = '/golem/work';
/** Characters of a provider's error output that are worth keeping. */
const maxReason = 200;

/**
 * Runs one chunk on an engaged provider: the file there, `classify`, its answer back and checked.
 * @throws ProviderError when a step fails or the answer does not pass
 */
export async function classifyOn(exe: ExeUnit, job: Job): Promise<readonly (readonly Prediction[])[]> {
  const chunk = `${job.id}.chunk`;
  const answer = `${job.id}.json`;
  const answerFile = `${job.chunkFile}.answer`;
  try {
    const batch = await exe.beginBatch();
    const results = await batch
      .uploadFile(job.chunkFile, `${workDir}/${chunk}`)
      .run('/bin/sh', ['-c', `classify ${chunk} ${answer} && rm ${chunk}`])
      .downloadFile(`${workDir}/${answer}`, answerFile)
      .end();
    const steps = ['send the chunk', 'classify it', 'fetch the answer'];
    steps.forEach((step, index) => {
      const result = results[index];
      if (result?.result === 'Ok') return;
      const why = `${result?.stderr ?? ''} ${result?.message ?? ''}`.trim().slice(0, maxReason) || 'no reason given';
      throw new ProviderError('provider_failed', `The provider could not ${step}: ${why}`);
    });
    const bytes = await readFile(answerFile);
    return readAnswer(bytes, { chunkSha256: job.chunkSha256, count: job.count, model: job.model });
  } finally {
    await rm(answerFile, { force: true });
  }
}
