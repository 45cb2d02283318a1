import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HandRequestor, sh } from './hand-requestor.ts';
import { runs, until } from './processes.ts';
import { golemFor } from './with-golem.ts';

afterEach(() => void vi.unstubAllEnvs());

const ACTIVITY = '/activity-api/v1/activity';

describe('an activity', () => {
  it('needs an approved agreement', async () => {
    const requestor = new HandRequestor(await golemFor());
    const [draft = ''] = await requestor.drafts(await requestor.demand());
    const agreementId = await requestor.createAgreement(draft);
    expect((await requestor.call('POST', ACTIVITY, { agreementId })).status).toBe(400);
  });

  it('takes deploy, start and run in this order only', async () => {
    const requestor = new HandRequestor(await golemFor());
    const activity = await requestor.activity(await requestor.agreement());
    const refused = (state: string) => [
      { result: 'Error', message: expect.stringContaining(`Activity is ${state}`), isBatchFinished: true },
    ];
    expect(await requestor.shell(activity, 'true')).toMatchObject(refused('initialized'));
    expect(await requestor.exec(activity, [{ start: {} }])).toMatchObject(refused('initialized'));
    await requestor.exec(activity, [{ deploy: {} }]);
    expect(await requestor.shell(activity, 'true')).toMatchObject(refused('deployed'));
    await requestor.exec(activity, [{ start: {} }]);
    expect(await requestor.get('GET', `${ACTIVITY}/${activity}/state`)).toEqual({ state: ['Ready', null] });
    expect(await requestor.exec(activity, [{ deploy: {} }])).toMatchObject(refused('ready'));
    expect(await requestor.shell(activity, 'true')).toMatchObject([{ result: 'Ok' }]);
  });

  it('refuses scripts that are none', async () => {
    const requestor = new HandRequestor(await golemFor());
    const { activity } = await requestor.ready();
    for (const text of ['', 'nonsense', '{}', '[]', '[{"fly":{}}]', '[{"run":{}}]', '[{"deploy":{},"start":{}}]']) {
      expect((await requestor.call('POST', `${ACTIVITY}/${activity}/exec`, { text })).status, text).toBe(400);
    }
  });

  it('runs commands until the first failure', async () => {
    const requestor = new HandRequestor(await golemFor());
    const { activity } = await requestor.ready();
    expect(
      await requestor.exec(activity, [sh('echo a'), sh('echo out; echo err >&2; exit 3'), sh('echo never')]),
    ).toMatchObject([
      { result: 'Ok', stdout: 'a\n', stderr: null, message: null, isBatchFinished: false },
      {
        result: 'Error',
        stdout: 'out\n',
        stderr: 'err\n',
        message: 'ExeScript command exited with code 3',
        isBatchFinished: true,
      },
    ]);
    expect(await requestor.shell(activity, 'kill -9 $$')).toMatchObject([
      { message: 'ExeScript command exited with code 137' },
    ]);
    const relative = [{ run: { entry_point: 'sh', args: [] } }];
    expect(await requestor.exec(activity, relative)).toMatchObject([{ message: expect.stringContaining('absolute') }]);
  });

  it('does not wait for what a command left in the background, nor listens to it', async () => {
    const requestor = new HandRequestor(await golemFor());
    const { activity } = await requestor.ready();
    const line = 'echo now; (until [ -e go ]; do sleep 0.01; done; echo later; touch said) &';
    const batch = await requestor.begin(activity, [sh(line)]);
    expect(await requestor.results(activity, batch)).toMatchObject([{ result: 'Ok', stdout: 'now\n' }]);
    await requestor.shell(activity, 'touch go; until [ -e said ]; do sleep 0.01; done');
    expect(await requestor.results(activity, batch)).toMatchObject([{ result: 'Ok', stdout: 'now\n' }]);
  });

  it('shows results as they come, and all of them once the batch is finished', async () => {
    const requestor = new HandRequestor(await golemFor());
    const { activity } = await requestor.ready();
    const batch = await requestor.begin(activity, [sh('pwd'), sh('until [ -e go ]; do sleep 0.01; done; echo second')]);
    await until('the first is done', async () => (await requestor.results(activity, batch, 0)).length === 1);
    const [first] = await requestor.results(activity, batch, 0.05);
    expect(first).toMatchObject({ result: 'Ok', isBatchFinished: false });
    const pwd = first?.stdout?.trim();
    const { json } = await requestor.call('GET', '/stand-in/report');
    expect(json).toMatchObject({ processGroups: [expect.any(Number)], openActivities: [activity] });
    const waiting = requestor.call('GET', `${ACTIVITY}/${activity}/exec/${batch}?timeout=60`);
    await writeFile(join(String(pwd), 'go'), '');
    expect((await waiting).json).toMatchObject([{ stdout: `${pwd}\n` }, { stdout: 'second\n', isBatchFinished: true }]);
  });

  it('runs one command at a time: another batch meanwhile is busy', async () => {
    const requestor = new HandRequestor(await golemFor());
    const { activity } = await requestor.ready();
    const first = await requestor.begin(activity, [sh('until [ -e go ]; do sleep 0.01; done; pwd')]);
    expect(await requestor.get('GET', `${ACTIVITY}/${activity}/state`)).toEqual({ state: ['Ready', 'Ready'] });
    const url = `gftp://0x${'0'.repeat(40)}/no-such-file`;
    for (const second of [sh('true'), { deploy: {} }, { transfer: { from: 'container:/golem/work/a', to: url } }]) {
      expect(await requestor.exec(activity, [second, sh('echo never')])).toMatchObject([
        {
          result: 'Error',
          message: 'Local service error: State error: Busy: StatePair(Ready, Some(Ready))',
          isBatchFinished: true,
        },
      ]);
    }
    expect(await requestor.results(activity, first, 0)).toEqual([]);
    const { json } = await requestor.call('GET', '/stand-in/report');
    expect(json).toMatchObject({ processGroups: [expect.any(Number)] });
    await requestor.get('DELETE', `${ACTIVITY}/${activity}`);
  });

  it('counts processor time while a command runs, and keeps it', async () => {
    const requestor = new HandRequestor(await golemFor());
    const { activity } = await requestor.ready();
    const cpu = async () => {
      const usage = await requestor.get<{ currentUsage: number[] }>('GET', `${ACTIVITY}/${activity}/usage`);
      return usage.currentUsage[0] ?? 0;
    };
    expect(await cpu()).toBe(0);
    const burn = (until: string) => sh(`while ${until}; do :; done`);
    const batch = await requestor.begin(activity, [burn('[ ! -e enough ]'), sh('pwd')]);
    await until('it has taken some', async () => (await cpu()) >= 0.1);
    expect(await requestor.results(activity, batch, 0)).toEqual([]);
    const meanwhile = await cpu();
    await requestor.terminate(await requestor.get<string>('GET', `${ACTIVITY}/${activity}/agreement`));
    expect(await cpu()).toBeGreaterThanOrEqual(meanwhile);
  });

  it('counts all the processor time of commands that are over, once', async () => {
    const requestor = new HandRequestor(await golemFor());
    const { activity } = await requestor.ready();
    const [said] = await requestor.shell(activity, 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; times');
    const [user = 0, system = 0] = [...(said?.stdout ?? '').matchAll(/([\d.]+)s/g)].map(([, sec]) => Number(sec));
    const { currentUsage } = await requestor.get<{ currentUsage: number[] }>('GET', `${ACTIVITY}/${activity}/usage`);
    const expected = user + system;
    expect(expected).toBeGreaterThan(0.05);
    expect(Math.abs((currentUsage[0] ?? 0) - expected)).toBeLessThan(0.05 + expected / 4);
  });

  it('that leaves files nobody can remove ends all the same, and frees its provider', async () => {
    const golem = await golemFor();
    const requestor = new HandRequestor(golem);
    const { agreement, activity } = await requestor.ready();
    // Deeper than a path may be long.
    const name = 'd'.repeat(200);
    const dig = `i=0; while [ $i -lt 30 ]; do mkdir ${name} && cd -P ${name} || exit 1; i=$((i+1)); done`;
    expect(await requestor.shell(activity, dig)).toMatchObject([{ result: 'Ok' }]);
    expect((await requestor.terminate(agreement)).status).toBe(200);
    expect(await golem.report()).toMatchObject({ openAgreements: [], openActivities: [], invoices: 1 });
    await requestor.ready();
  });

  it('sees an empty directory of its own and none of this process’s environment', async () => {
    vi.stubEnv('STAND_IN_SECRET', 'hush');
    const requestor = new HandRequestor(await golemFor());
    const { agreement, activity } = await requestor.ready();
    const [env] = await requestor.shell(activity, 'env; ls -A; touch left-behind');
    expect(env?.stdout).toMatch(/^HOME=.*\/golem\/work$/m);
    expect(env?.stdout).not.toMatch(/SECRET|IGNORED|NODE_|left-behind/);
    const second = await requestor.activity(agreement);
    await requestor.exec(second, [{ deploy: {} }, { start: {} }]);
    expect(await requestor.shell(second, 'ls -A')).toMatchObject([{ result: 'Ok', stdout: null }]);
  });

  it('reaches only its volume by transfers', async () => {
    const requestor = new HandRequestor(await golemFor());
    const { activity } = await requestor.ready();
    const url = `gftp://0x${'0'.repeat(40)}/no-such-file`;
    const transfer = async (from: string, to: string) =>
      (await requestor.exec(activity, [{ transfer: { from, to } }]))[0];
    const notFound = { result: 'Error', message: expect.stringContaining('path not found in container') };
    const nobodyThere = { result: 'Error', message: expect.stringContaining('endpoint address not found') };
    await requestor.shell(activity, 'touch ../outside inside');
    for (const path of [
      '/etc/passwd',
      '/golem/outside',
      '/golem/work/../outside',
      '/golem/work/missing',
      '/golem/work',
    ]) {
      expect(await transfer(`container:${path}`, url), path).toMatchObject(notFound);
    }
    for (const path of ['/etc/passwd', '/golem/outside', '/golem/work/../../../x', '/golem/work']) {
      expect(await transfer(url, `container:${path}`), path).toMatchObject(notFound);
    }
    expect(await transfer('container:/golem/work/inside', url)).toMatchObject(nobodyThere);
    expect(await transfer(url, 'container:/golem/work/new')).toMatchObject(nobodyThere);
    expect(await transfer('http://files.invalid/a', 'container:/golem/work/a')).toMatchObject({ result: 'Error' });
  });

  it('leaves nothing when it ends: no process, also in the background, and no file', async () => {
    const golem = await golemFor();
    const requestor = new HandRequestor(golem);
    const { agreement, activity } = await requestor.ready();
    const [started] = await requestor.shell(activity, 'sleep 1000 >/dev/null 2>&1 & echo $! $PWD');
    const [pid = '', directory = ''] = (started?.stdout ?? '').trim().split(' ');
    await requestor.begin(activity, [sh('touch running; sleep 1000')]);
    await until('the command runs', () => existsSync(join(directory, 'running')));
    expect(await runs(Number(pid))).toBe(true);
    expect((await golem.report()).processGroups).toHaveLength(2);

    expect((await requestor.terminate(agreement)).status).toBe(200);
    await until('the background process is gone', async () => !(await runs(Number(pid))));
    expect(existsSync(directory)).toBe(false);
    expect(await golem.report()).toMatchObject({
      processGroups: [],
      openActivities: [],
      invoices: 1,
      wronglyBilled: [],
    });
    expect(await requestor.get('GET', `${ACTIVITY}/${activity}/state`)).toEqual({ state: ['Terminated', null] });
    expect((await requestor.call('POST', `${ACTIVITY}/${activity}/exec`, { text: '[]' })).status).toBe(500);
  });
});

describe('images', () => {
  const roots: string[] = [];
  afterEach(async () => {
    await Promise.all(roots.splice(0).map((root) => rm(root, { recursive: true, force: true })));
  });

  async function imageRoot(): Promise<string> {
    const root = await mkdtemp(join(tmpdir(), 'image-'));
    roots.push(root);
    await mkdir(join(root, 'bin'));
    await writeFile(join(root, 'bin', 'classify'), '#!/bin/sh\necho "a cat, says $1"\n');
    await chmod(join(root, 'bin', 'classify'), 0o755);
    return root;
  }

  it('give a command their programs', async () => {
    const root = await imageRoot();
    const [hash, url] = ['C'.repeat(56), 'http://images.invalid/by-url.gvmi'];
    const golem = await golemFor({
      anyImage: false,
      providers: 2,
      images: [
        { hash, root },
        { url, root },
      ],
    });
    for (const image of [
      `hash:sha3:${'c'.repeat(56)}:http://images.invalid/x.gvmi`,
      `hash:sha3:${'d'.repeat(56)}:${url}`,
    ]) {
      const requestor = new HandRequestor(golem);
      requestor.image = image;
      const { activity } = await requestor.ready();
      expect(await requestor.shell(activity, 'classify chunk.bin')).toMatchObject([
        { stdout: 'a cat, says chunk.bin\n' },
      ]);
    }
  });

  it('that are unknown are not deployed', async () => {
    const requestor = new HandRequestor(
      await golemFor({ anyImage: false, images: [{ hash: 'b'.repeat(56), root: await imageRoot() }] }),
    );
    const activity = await requestor.activity(await requestor.agreement());
    expect(await requestor.exec(activity, [{ deploy: {} }, { start: {} }])).toMatchObject([
      { result: 'Error', message: expect.stringContaining('Incorrect hash provided'), isBatchFinished: true },
    ]);
    expect(await requestor.get('GET', `${ACTIVITY}/${activity}/state`)).toEqual({ state: ['Initialized', null] });
  });
});
