import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startGolemProcess } from '../../local/golem-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { HandRequestor } from './hand-requestor.ts';

it('the providers of a local service deploy its image, and refuse any other hash', async () => {
  const root = await tempDir();
  await mkdir(join(root, 'bin'));
  const hash = 'ab'.repeat(28);
  const golem = await startGolemProcess({ providers: 1, image: { root, hash } });
  onTestFinished(() => golem.close());
  for (const [asked, result] of [
    [hash, 'Ok'],
    ['cd'.repeat(28), 'Error'],
  ] as const) {
    const requestor = new HandRequestor(golem);
    requestor.image = `hash:sha3:${asked}:http://localhost/provider-image`;
    const agreement = await requestor.agreement();
    const activity = await requestor.activity(agreement);
    expect(await requestor.exec(activity, [{ deploy: {} }])).toMatchObject([{ result }]);
    await requestor.terminate(agreement);
  }
});
