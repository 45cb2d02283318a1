import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { withPythonTool } from '../support/python.ts';
import { tempDir } from '../support/temp-dir.ts';

const root = path.join(import.meta.dirname, '..', '..');

withPythonTool('yagna', (yagna) => {
  test('the container’s program starts the real daemon, with an empty home, and stops it in order', async () => {
    const datadir = await tempDir();
    const env = {
      PATH: `${path.dirname(yagna)}:${process.env.PATH}`,
      HOME: '/nonexistent',
      TMPDIR: '/nonexistent',
      YAGNA_DATADIR: datadir,
      YAGNA_API_URL: 'http://127.0.0.1:27465',
      GSB_URL: 'tcp://127.0.0.1:27464',
      // Without a network, so that it does not wait for the relay's name to be resolved.
      YA_NET_RELAY_HOST: '127.0.0.1:27477',
      YA_NET_BIND_URL: 'udp://127.0.0.1:0',
      YA_CONSENT_STATS: 'deny',
      YAGNA_AUTOCONF_APPKEY: '0123456789abcdef',
      YAGNA_AUTOCONF_ID_SECRET: '3c4a8be1c46c189601e794a0f6bd50e27be5e6a53c4a8be1c46c189601e794a0',
      PAYMENT_NETWORK: 'polygon',
      YAGNA_SETTLE_MS: '3000',
    };
    const container = spawn(process.execPath, ['requestor/yagna/main.ts'], {
      ...{ cwd: root, env, stdio: ['ignore', 'pipe', 'ignore'] },
    });
    onTestFinished(() => void container.kill('SIGKILL'));
    const exited = once(container, 'exit');
    const said: string[] = [];
    for await (const line of createInterface({ input: container.stdout })) {
      if (!line.startsWith('{')) continue;
      const { message } = JSON.parse(line);
      said.push(message);
      if (message === 'the daemon is ready') container.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
    // There is no chain here; that it came so far says that the daemon took `payment process now`.
    expect(said).toEqual(['the daemon is ready', 'the chain did not answer; payments go on with the next run']);
  });
});
