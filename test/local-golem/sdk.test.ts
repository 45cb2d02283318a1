import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GolemNetwork } from '@golem-sdk/golem-js';
import type { TaskExecutor } from '@golem-sdk/task-executor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Golem, startGolem } from '../../local/golem/index.ts';
import { executorFor, quiet } from './executor.ts';
import { HandRequestor } from './hand-requestor.ts';
import { until } from './processes.ts';

/** What the unmodified SDK does with the stand-in. One executor serves all tests, because each takes over two seconds to start. */
let golem: Golem;
let executor: TaskExecutor;
let files: string;

beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), 'sdk-files-'));
  golem = await startGolem({
    providers: 4,
    anyImage: true,
  });
  executor = await executorFor(golem, 4);
});

afterAll(async () => {
  await executor.shutdown();
  await golem.close();
  await rm(files, { recursive: true, force: true });
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.concurrent('the SDK', () => {
  it('connects and disconnects', async () => {
    const network = new GolemNetwork({
      api: { url: golem.url, key: golem.appKey },
      payment: { network: 'hoodi' },
      logger: quiet,
    });
    await network.connect();
    expect(network.isConnected()).toBe(true);
    await network.disconnect();
  });

  it('is not let in with a wrong key', async () => {
    await expect(executorFor({ url: golem.url, appKey: 'wrong' }, 1)).rejects.toThrow();
  });

  it('runs commands, a failing one included', async () => {
    const [echo, exit] = await executor.run(async (exe) => [
      await exe.run('echo hi; echo there >&2'),
      await exe.run('exit 3'),
    ]);
    expect(echo).toMatchObject({ result: 'Ok', stdout: 'hi\n', stderr: 'there\n', message: null });
    expect(exit).toMatchObject({ result: 'Error', stdout: null, message: 'ExeScript command exited with code 3' });
  });

  it('gets the results of a batch that stops at its second command', async () => {
    const results = await executor.run(async (exe) => {
      const batch = await exe.beginBatch();
      return batch.run('echo a').run('echo out; echo err >&2; exit 3').run('echo never').end();
    });
    expect(results).toMatchObject([
      { index: 0, result: 'Ok', stdout: 'a\n', isBatchFinished: false },
      {
        index: 1,
        result: 'Error',
        stdout: 'out\n',
        stderr: 'err\n',
        message: 'ExeScript command exited with code 3',
        isBatchFinished: true,
      },
      { index: -1, result: 'Error', message: 'No result due to error' },
    ]);
  });

  it.each([0, 1, 40_960, 40_961, 4_000_000])('sends and fetches %i bytes', async (size) => {
    const [source, target] = [join(files, `up-${size}`), join(files, `down-${size}`)];
    const bytes = randomBytes(size);
    await writeFile(source, bytes);
    const results = await executor.run(async (exe) => {
      const batch = await exe.beginBatch();
      return batch
        .uploadFile(source, '/golem/work/in.bin')
        .run('sha256sum < in.bin; cp in.bin out.bin')
        .downloadFile('/golem/work/out.bin', target)
        .end();
    });
    expect(results?.map((result) => result?.result)).toEqual(['Ok', 'Ok', 'Ok']);
    expect(results?.[1]?.stdout).toContain(sha256(bytes));
    expect(sha256(await readFile(target))).toBe(sha256(bytes));
  });

  it('sends several files at once', async () => {
    const contents = Array.from({ length: 6 }, (_, i) => new Uint8Array(randomBytes(50_000 + i)));
    const hashes = await Promise.all(
      contents.map((bytes, i) =>
        executor.run(async (exe) => {
          await exe.uploadData(bytes, `/golem/work/many-${i}`);
          return (await exe.run(`sha256sum < many-${i}`)).stdout;
        }),
      ),
    );
    expect(hashes).toEqual(contents.map((bytes) => `${sha256(bytes)}  -\n`));
  });

  it('gets an error for transfers that fail', async () => {
    const result = await executor.run((exe) => exe.downloadFile('/golem/work/missing', join(files, 'missing')));
    expect(result).toMatchObject({
      result: 'Error',
      message: expect.stringContaining('path not found in container: /golem/work/missing'),
    });
  });

  it('accepts debit notes of work that goes on', async () => {
    const requestor = new HandRequestor(golem);
    const [allocation] = (await golem.report()).openAllocations;
    await until('something was paid', async () => {
      const path = `/payment-api/v1/allocations/${allocation}`;
      return Number((await requestor.get<{ spentAmount: string }>('GET', path)).spentAmount) > 0;
    });
  });

  it('streams the output of a running command', async () => {
    const go = join(files, 'go');
    const { seen, last } = await executor.run(async (exe) => {
      const remote = await exe.runAndStream(`echo one; until [ -e ${go} ]; do sleep 0.01; done; echo two >&2; exit 4`);
      const seen: unknown[] = [];
      remote.stdout.subscribe((text) => text && seen.push(text));
      remote.stderr.subscribe((text) => text && seen.push(text));
      await until('the first line came while the command runs', () => seen.includes('one\n'));
      await writeFile(go, '');
      return { seen, last: await remote.waitForExit() };
    });
    expect(seen).toEqual(['one\n', 'two\n']);
    expect(last).toMatchObject({ result: 'Error', message: 'ExeScript command exited with code 4' });
  });
});
