import { mkdir, readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { maxTries } from '../../cli/retry.ts';
import { imageFile } from '../support/image-files.ts';
import { stepsOn } from '../support/steps.ts';
import { openCli } from './setup.ts';

const cat = imageFile('colour-444.jpg');
const other = imageFile('grey.png');
const busy = async () => Response.json({ message: 'Too Many Requests' }, { status: 429 });

describe('mlg predict', () => {
  it('sends an image and prints its id', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    const { code, out } = await cli.mlg('predict', file, '--model', 'ResNet50');
    expect(out).toMatch(new RegExp(`^[0-9a-f]{56} {2}${file}\n$`));
    expect(code).toBe(0);
    expect(await cli.rows.get(out.slice(0, 56))).toMatchObject({ model: 'resnet50', status: 'pending' });
  });

  it('waits, and prints the classes as bars', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    cli.meanwhile = () => cli.run();
    const { code, out, err } = await cli.mlg('predict', file, '--wait');
    expect(out.split('\n')[0]).toBe('  Egyptian cat   75.0 %  ████████████████████████');
    expect(out.trimEnd().split('\n')).toHaveLength(5);
    expect(err).toBe('Sending\nWaiting for the next run\n');
    expect(code).toBe(0);
  });

  it('gives one JSON object an image to programs, refusals among them, and says that not all went well', async () => {
    const cli = await openCli();
    const files = [await cli.write('a.jpg', cat), await cli.write('b.jpg', 'text'), await cli.write('c.png', other)];
    cli.meanwhile = () => cli.run();
    const { code, out } = await cli.mlg('predict', ...files, '--wait', '--json');
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(3);
    const byFile = Object.fromEntries(lines.map((line) => [line.file, line]));
    expect(byFile[files[0] ?? '']).toMatchObject({
      status: 'done',
      preds: [['n02124075', 'Egyptian_cat', 0.75], {}, {}, {}, {}],
    });
    expect(byFile[files[1] ?? '']).toMatchObject({ status: 'refused', reason: expect.stringMatching(/JPEG, PNG/) });
    expect(code).toBe(1);
  });

  it('does not send what is too large at all', async () => {
    const cli = await openCli();
    const { code, err } = await cli.mlg('predict', await cli.write('large.jpg', new Uint8Array(2 ** 21 + 1)));
    expect([code, cli.sent()]).toEqual([1, 0]);
    expect(err).toMatch(/large\.jpg: refused.*2 MiB/);
  });

  it('takes folders with their folders, and patterns, each file once', async () => {
    const cli = await openCli();
    await mkdir(cli.path('in/side'), { recursive: true });
    for (const name of ['in/a.jpg', 'in/b.JPEG', 'in/side/c.png', 'in/notes.txt', 'd.webp']) {
      await cli.write(name, Buffer.concat([cat, Buffer.from(name)]));
    }
    const { out } = await cli.mlg('predict', cli.path('in'), cli.path('{in/*,*.webp}'));
    expect(out.match(/\S+$/gm)).toEqual(['in/a.jpg', 'in/b.JPEG', 'in/side/c.png', 'd.webp'].map(cli.path));
    expect(cli.sent()).toBe(4);
  });

  it('sends hundreds, a few at a time', async () => {
    const cli = await openCli();
    await mkdir(cli.path('many'));
    for (let i = 0; i < 200; i++) await cli.write(`many/${i}.png`, Buffer.concat([other, Buffer.from(`${i}`)]));
    let under = 0;
    let most = 0;
    cli.network = async (...call) => {
      most = Math.max(most, ++under);
      return cli.serve(...call).finally(() => under--);
    };
    const { code, out } = await cli.mlg('predict', cli.path('many'), '--parallel', '3');
    expect(new Set(out.match(/^[0-9a-f]{56}/gm)).size).toBe(200);
    expect([code, most]).toEqual([0, 3]);
  });
});

describe('a command that is repeated', () => {
  it('sends nothing twice, and gives the same ids', async () => {
    const cli = await openCli();
    const files = [await cli.write('a.jpg', cat), await cli.write('b.png', other)];
    const first = await cli.mlg('predict', ...files);
    const copy = await cli.write('copy.jpg', cat);
    const again = await cli.mlg('predict', ...files, copy);
    expect(again.out.startsWith(first.out)).toBe(true);
    expect(cli.sent()).toBe(2);
  });

  it('goes on where the first one broke off', async () => {
    const cli = await openCli();
    const files = await Promise.all(
      [0, 1, 2, 3].map((i) => cli.write(`${i}.png`, Buffer.concat([other, Buffer.from(`${i}`)]))),
    );
    cli.network = (...call) => (cli.sent() > 2 ? Promise.reject(new TypeError('fetch failed')) : cli.serve(...call));
    expect((await cli.mlg('predict', ...files, '--parallel', '1')).code).toBe(3);
    cli.network = cli.serve;
    const before = cli.sent();
    expect((await cli.mlg('predict', ...files, '--parallel', '1')).code).toBe(0);
    expect(cli.sent() - before).toBe(2);
  });

  it('makes no second request when the state is lost: the service knows the key', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    const first = await cli.mlg('predict', file);
    const second = await cli.mlg('predict', file, '--state', cli.path('elsewhere.jsonl'));
    expect(second.out).toBe(first.out);
    expect(cli.sent()).toBe(2);
  });

  it('sends again what the service has forgotten, and all with --again', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    const first = await cli.mlg('predict', file);
    await stepsOn(cli.rows).erase(first.out.slice(0, 56), Date.now());
    expect((await cli.mlg('predict', file)).code).toBe(0);
    expect(cli.sent()).toBe(2);
    expect((await cli.mlg('predict', file, '--again')).out).not.toBe(first.out);
    expect(cli.sent()).toBe(3);
  });

  it('has keys that no other installation has, for the same picture', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    const first = await cli.mlg('predict', file);
    cli.env.XDG_CACHE_HOME = cli.path('another-installation');
    const other = await cli.mlg('predict', file);
    expect(other.out.slice(0, 56)).not.toBe(first.out.slice(0, 56));
    expect(await cli.pending()).toBe(2);
    const { mode } = await stat(cli.path('another-installation/mlg/secret'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('refuses a secret that is damaged, and says what to do', async () => {
    const cli = await openCli();
    const state = cli.path('state.jsonl');
    await mkdir(cli.path('cache/mlg'), { recursive: true });
    await cli.write('cache/mlg/secret', 'half');
    const { code, err } = await cli.mlg('predict', await cli.write('cat.jpg', cat), '--state', state);
    expect([code, err]).toEqual([2, expect.stringContaining('it does not hold 64 hex digits. Remove it')]);
  });

  it('reads a state file that was cut off', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    const state = cli.path('state.jsonl');
    await cli.mlg('predict', file, '--state', state);
    await cli.write('state.jsonl', `["half\n${await readFile(state, 'utf8')}{}\n["http://mlg`);
    await cli.mlg('predict', file, '--state', state);
    expect(cli.sent()).toBe(1);
  });
});

it('cannot record what it sends in a folder, and says so', async () => {
  const cli = await openCli();
  const { code, err } = await cli.mlg('predict', await cli.write('cat.jpg', cat), '--state', cli.path('.'));
  expect([code, err, cli.sent()]).toEqual([2, expect.stringMatching(/The state file .* cannot be used: EISDIR/), 0]);
});

describe('a service in trouble', () => {
  it.each<[string, () => Promise<Response>]>([
    ['is too busy', busy],
    ['cannot be reached', () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }))],
    ['has a fault', async () => Response.json({ success: false, reason: 'wrong' }, { status: 500 })],
    ['is behind a gateway that gave up', async () => Response.json({ message: 'x' }, { status: 503 })],
  ])('is asked again when it %s, more and more slowly', async (_, trouble) => {
    const cli = await openCli();
    let left = 3;
    cli.network = (...call) => (left-- > 0 ? trouble() : cli.serve(...call));
    expect((await cli.mlg('predict', await cli.write('cat.jpg', cat))).code).toBe(0);
    expect(cli.pauses).toEqual([500, 1000, 2000]);
  });

  it('is asked no sooner than it wants', async () => {
    const cli = await openCli();
    let left = 1;
    const later = Response.json({ success: false, reason: 'x' }, { status: 503, headers: { 'retry-after': '10' } });
    cli.network = (...call) => (left-- > 0 ? Promise.resolve(later) : cli.serve(...call));
    expect((await cli.mlg('predict', await cli.write('cat.jpg', cat))).code).toBe(0);
    expect(cli.pauses).toEqual([10_000]);
  });

  it('is given up after some tries, with 3', async () => {
    const cli = await openCli();
    cli.network = busy;
    const { code, err } = await cli.mlg('predict', await cli.write('cat.jpg', cat));
    expect(code).toBe(3);
    expect(err).toContain('http://mlg.example answered 429, 7 times in a row.');
    expect(cli.calls).toHaveLength(maxTries);
  });

  it('that is none of ours is told from one', async () => {
    const cli = await openCli();
    cli.network = async () => new Response('<html>');
    const { code, err } = await cli.mlg('predict', await cli.write('cat.jpg', cat));
    expect([code, err]).toEqual([3, expect.stringContaining('is not mlg')]);
  });

  it('is not waited for longer than was said', async () => {
    const cli = await openCli();
    const { code, err } = await cli.mlg('predict', await cli.write('cat.jpg', cat), '--wait', '--timeout', '30');
    expect([code, err]).toEqual([3, expect.stringContaining('After 30 s, 1 of 1 have not ended.')]);
    expect(cli.pauses).toHaveLength(16);
  });

  it('is left alone after Ctrl-C', async () => {
    const cli = await openCli();
    cli.meanwhile = async () => cli.stop.abort(new Error('Ctrl-C'));
    const { code, err } = await cli.mlg('predict', await cli.write('cat.jpg', cat), '--wait');
    expect([code, err]).toEqual([130, expect.stringContaining('Repeat the command to resume')]);
    expect(cli.calls).toHaveLength(2);
  });
});

describe('a request that fails', () => {
  const reason = { code: 'x', message: 'No provider could do it.' };

  it('is told with its reason, and makes the program end with 1', async () => {
    const cli = await openCli();
    cli.meanwhile = () => cli.fail(reason);
    const { code, err } = await cli.mlg('predict', await cli.write('cat.jpg', cat), '--wait');
    expect([code, err]).toEqual([1, expect.stringContaining('cat.jpg: failed. No provider could do it.')]);
  });

  it('is sent again when the command is repeated, each time as a new request, and once done no more', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    const ids: string[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      ids.push((await cli.mlg('predict', file)).out.slice(0, 56));
      await cli.fail(reason);
    }
    expect(new Set(ids).size).toBe(3);
    cli.meanwhile = () => cli.run();
    expect((await cli.mlg('predict', file, '--wait')).code).toBe(0);
    expect((await cli.mlg('predict', file, '--wait')).code).toBe(0);
    expect(cli.sent()).toBe(4);
  });

  it('is made anew once, also when the answer to that is lost', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    await cli.mlg('predict', file);
    await cli.fail(reason);
    cli.network = async (...call) => {
      await cli.serve(...call);
      if (call[1]?.method === 'POST') throw new TypeError('fetch failed');
      return cli.serve(...call);
    };
    expect((await cli.mlg('predict', file)).code).toBe(3);
    cli.network = cli.serve;
    expect((await cli.mlg('predict', file)).code).toBe(0);
    expect(await cli.pending()).toBe(1);
  });

  it('is known by the service when the file of what was sent is lost, and made anew all the same', async () => {
    const cli = await openCli();
    const file = await cli.write('cat.jpg', cat);
    const state = ['--state', cli.path('elsewhere.jsonl')];
    const ids = [(await cli.mlg('predict', file)).out];
    await cli.fail(reason);
    ids.push((await cli.mlg('predict', file)).out);
    await cli.fail(reason);
    ids.push((await cli.mlg('predict', file, ...state)).out, (await cli.mlg('predict', file, ...state)).out);
    expect(new Set(ids).size).toBe(3);
    expect(await cli.pending()).toBe(1);
  });

  it('is not asked for for ever at a service that has every request fail', async () => {
    const cli = await openCli();
    const answer = { req_id: '0'.repeat(56), status: 'failed' };
    cli.network = async () => Response.json(answer);
    expect((await cli.mlg('predict', await cli.write('cat.jpg', cat))).code).toBe(0);
    expect(cli.sent()).toBe(10);
  });
});
