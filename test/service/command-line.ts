import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ServiceInUse } from '../support/service.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');

/** The command line against the service. */
export function commandLineTests(service: ServiceInUse): void {
  describe('the command line and the service', () => {
    // Runs under whatever Node is there, as npx does; bin/mlg.js finds the right one.
    const mlg = (...args: string[]) =>
      run('node', [path.join(root, 'bin', 'mlg.js'), ...args], {
        cwd: path.join(root, 'local', 'photos'),
        env: { ...process.env, MLG_URL: service.url, XDG_CACHE_HOME: service.folder },
      });

    it('classify photos: sent, run, read', async () => {
      const sent = await mlg('predict', 'cat.jpg', 'coffee.jpg');
      await service.tick();
      const { stdout } = await mlg('predict', '*.jpg', '--json');
      const ids = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(ids.map(({ file }) => file)).toEqual(['cat.jpg', 'coffee.jpg', 'rocket.jpg']);
      expect(sent.stdout).toBe(`${ids[0].req_id}  cat.jpg\n${ids[1].req_id}  coffee.jpg\n`);
      expect((await mlg('read', ids[1].req_id)).stdout).toMatch(/^done, by starter\n {2}espresso/);
      expect((await mlg('models')).stdout).toMatch(/^starter .* available$/m);
    }, 60_000);

    it('end with the code that says what was wrong', async () => {
      await expect(mlg('predict', 'README.md')).rejects.toMatchObject({ code: 1 });
      await expect(mlg('predict', 'nothing.jpg')).rejects.toMatchObject({ code: 2 });
    }, 60_000);
  });
}
