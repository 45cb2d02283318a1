import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

it('the key is in no list of arguments, and opens', async () => {
  const root = await tempDir();
  await mkdir(join(root, 'bin'));
  const golem = await startGolemProcess({ providers: 1, image: { root, hash: 'ab'.repeat(28) } });
  onTestFinished(() => golem.close());
  const headers = { authorization: `Bearer ${golem.appKey}` };
  expect((await fetch(`${golem.url}/me`, { headers })).status).toBe(200);
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args', '-ww']);
  expect(stdout).toContain(root);
  expect(stdout).not.toContain(golem.appKey);
});
