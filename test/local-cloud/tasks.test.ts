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
