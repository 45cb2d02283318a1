import { describe, expect, it } from 'vitest';
import { useStarts } from '../support/npm-start.ts';
import { accepted, openService, photo, read } from '../support/service.ts';

describe('npm start', () => {
  const starts = useStarts();

  it('keeps requests and results over an orderly restart', async () => {
    const first = await starts.serve('--every', '3600');
    const waiting = await accepted(first.url, 'starter', await photo('cat.jpg'));
    first.child.kill('SIGINT');
    expect(await first.child.ended).toEqual({ exitCode: 0, signal: null });

    const service = await openService(starts.folder);
    try {
      expect((await read(service.url, waiting)).status).toBe('pending');
      await service.tick();
      expect((await read(service.url, waiting)).preds?.[0]?.[1]).toBe('Egyptian_cat');
    } finally {
      await service.close();
    }
  }, 90_000);

  it.each([
    [['--port', '70000'], '--port takes a whole number from 0 to 65535'],
    [['--providers', 'two'], '--providers takes a whole number'],
    [['--evry', '5'], '--evry'],
  ])('refuses %j and says why', async (args, words) => {
    const lines: string[] = [];
    const child = starts.run(args, (line) => lines.push(line));
    expect(await child.ended).toEqual({ exitCode: 1, signal: null });
    expect(lines.join()).toContain(words);
  });
});
