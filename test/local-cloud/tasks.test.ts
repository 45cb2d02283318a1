import { expect, test } from 'vitest';
import { startTask } from '../../local/cloud/tasks.ts';
import { fixtureRoot } from './fixtures/template.ts';

test('a program that does not end when told is ended after the deadline', async () => {
  const program = { name: 'worker', args: ['ignore-the-end.ts'], environment: {} };
  const { promise: running, resolve } = Promise.withResolvers<void>();
  const lines: string[] = [];
  const task = startTask(program, fixtureRoot, (_, line) => {
    lines.push(line);
    if (line === 'running') resolve();
  });
  await running;
  await task.stop(200);
  expect(await task.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  expect(lines).toEqual(['running', 'told to end, but no']);
});

test('a program that cannot be started ends its run, and the reason is logged', async () => {
  const lines: string[] = [];
  const program = { name: 'worker', args: ['print-environment.ts'], environment: {} };
  const task = startTask(program, '/no/such/folder', (name, line) => lines.push(`${name}: ${line}`));
  expect(await task.ended).toEqual({ exitCode: null, signal: null, seconds: expect.any(Number) });
  expect(lines).toEqual([expect.stringMatching(/^worker: It could not be started: .*ENOENT/)]);
  await task.stop(1_000);
});
