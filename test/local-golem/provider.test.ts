import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../local/golem/provider/clock.ts';
import { parseScript } from '../../local/golem/provider/exe-script.ts';
import { Images } from '../../local/golem/provider/images.ts';
import { ProcessGroups } from '../../local/golem/provider/process-groups.ts';
import { Provider } from '../../local/golem/provider/provider.ts';
import { providerSettings } from '../../local/golem/provider/settings.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from './processes.ts';

it('a provider works without any daemon: it needs a bus alone', async () => {
  const directory = join(await tempDir(), 'golem');
  await mkdir(directory);
  const groups = new ProcessGroups(directory);
  onTestFinished(() => groups.close());
  const [settings] = providerSettings([{ start: 1, cpuPerHour: 0, envPerHour: 0 }]);
  if (!settings) throw new Error('one provider has settings');
  const provider = new Provider(settings, {
    directory,
    groups,
    images: new Images([], true),
    networks: ['hoodi'],
    clock: systemClock,
    alterations: {},
    onFilesLeft: (_, error) => expect.unreachable(String(error)),
  });

  const calls: unknown[] = [];
  const bus = {
    async call(address: string, component: string) {
      calls.push([address, component]);
      if (component === 'GetMetadata') return { fileSize: 2 };
      return component === 'GetChunk' ? { content: Uint8Array.of(104, 105) } : null;
    },
  };
  const [node, file] = [`0x${'0'.repeat(40)}`, 'container:/golem/work/in'];
  const unit = provider.createUnit('activity', 'agreement', {}, bus);
  const script = [
    { deploy: {} },
    { start: {} },
    { transfer: { from: `gftp://${node}/a`, to: file } },
    { run: { entry_point: '/bin/sh', args: ['-c', 'cat in; pwd >&2'] } },
    { transfer: { from: file, to: `gftp://${node}/b` } },
  ];
  const batch = unit.exec(parseScript(JSON.stringify(script)), 'a batch of the daemon');
  expect(unit.batch('a batch of the daemon')).toBe(batch);
  expect(unit.state).toEqual(['Initialized', 'Deployed']);
  await until('the batch is finished', () => batch.finished);
  expect(batch.results.map(({ result }) => result)).toEqual(['Ok', 'Ok', 'Ok', 'Ok', 'Ok']);
  expect(batch.results[3]).toMatchObject({ stdout: 'hi' });
  expect(calls).toEqual([
    [`/net/${node}/gftp/a`, 'GetMetadata'],
    [`/net/${node}/gftp/a`, 'GetChunk'],
    [`/net/${node}/gftp/b`, 'UploadChunk'],
    [`/net/${node}/gftp/b`, 'UploadFinished'],
  ]);
  expect(provider.billing.cost(unit.usage())).toBe(10n ** 18n);

  expect(provider.openUnits()).toEqual([unit]);
  await unit.terminate();
  expect(provider.openUnits()).toEqual([]);
  expect(existsSync(batch.results[3]?.stderr?.trim() ?? '')).toBe(false);
  expect(() => unit.exec([])).toThrow();
});
