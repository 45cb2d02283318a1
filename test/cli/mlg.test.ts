import { describe, expect, it } from 'vitest';
import { imageFile } from '../support/image-files.ts';
import { openCli, url } from './setup.ts';

describe('mlg', () => {
  it.each(['', 'predict', 'read', 'models'])('%s --help tells how it is used', async (command) => {
    const cli = await openCli();
    const { code, out } = await cli.mlg(...[command].filter(Boolean), '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/^(Classifies|mlg )/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it.each<[string[], RegExp]>([
    [[], /mlg predict/],
    [['classify'], /no command 'classify'/],
    ...['constructor', '__proto__', 'toString', 'hasOwnProperty'].map((name): [string[], RegExp] => [
      [name],
      new RegExp(`no command '${name}'\\.\\nSee mlg --help`),
    ]),
    [['constructor', '--help'], /no command 'constructor'/],
    [['models', '--constructor'], /'--constructor'/],
    [['models', '--__proto__=x'], /'--__proto__'/],
    [['predict'], /Which images/],
    [['predict', 'no-such-file.jpg'], /no file, folder or match for no-such-file\.jpg/],
    [['predict', 'x', '--parallel', '0'], /--parallel takes a whole number from 1 to 16, not '0'/],
    [['predict', 'x', '--timeout', 'long'], /--timeout takes/],
    [['predict', 'x', '--modle', 'y'], /--modle/],
    [['predict', 'x', '--url', 'localhost'], /'localhost' is not the address/],
    [['read'], /Which request/],
    [['read', 'a', 'b'], /Which request/],
    [['models', 'all'], /not 'all'/],
  ])('%j is a wrong command line: 2, and says why', async (args, why) => {
    const cli = await openCli();
    const { code, out, err } = await cli.mlg(...args);
    expect(code).toBe(2);
    expect(out + err).toMatch(why);
    expect(cli.calls).toEqual([]);
  });

  it.each([
    ['alexnet', /There is no model of that name\. The models are/],
    ['constructor', /There is no model of that name\./],
    ['__proto__', /There is no model of that name\./],
    ['vgg16', /VGG16 is not installed here/],
  ])('predict with model %s is one too, found out with one call', async (model, why) => {
    const cli = await openCli();
    const files = [await cli.write('a.png', imageFile('grey.png')), await cli.write('b.png', imageFile('colour.png'))];
    const { code, err } = await cli.mlg('predict', ...files, '--model', model, '--parallel', '1');
    expect([code, err]).toEqual([2, expect.stringMatching(why)]);
    expect(cli.calls).toHaveLength(1);
  });

  it.each([401, 403])('says that a key is wanted when the gateway answers %i', async (status) => {
    const cli = await openCli();
    cli.network = async () => Response.json({ message: 'Unauthorized' }, { status });
    const { code, err } = await cli.mlg('predict', await cli.write('a.png', imageFile('grey.png')));
    expect([code, err]).toEqual([2, expect.stringContaining('MLG_API_KEY')]);
    expect(cli.calls).toHaveLength(1);
  });

  it('sends the key that the environment holds', async () => {
    const cli = await openCli();
    const keys: (string | null)[] = [];
    cli.network = (input, init) => {
      keys.push(new Headers(init?.headers).get('x-api-key'));
      return cli.serve(input, init);
    };
    await cli.mlg('models');
    cli.env.MLG_API_KEY = 'mlg_key';
    await cli.mlg('models');
    expect(keys).toEqual([null, 'mlg_key']);
  });
});

describe('mlg models', () => {
  it('lists them, and which are available', async () => {
    const { code, out } = await (await openCli()).mlg('models');
    expect(code).toBe(0);
    expect(out).toMatch(/^resnet50 +25\.6 M +224 +74\.9 % +92\.1 % {2}available$/m);
    expect(out).toMatch(/^vgg16 .* not installed$/m);
  });

  it('as JSON, one a line', async () => {
    const { out } = await (await openCli()).mlg('models', '--json');
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toContain('nasnet_large');
  });
});

describe('mlg read', () => {
  it('tells how a request stands, from its place in the queue to its classes', async () => {
    const cli = await openCli();
    const { out } = await cli.mlg('predict', await cli.write('cat.jpg', imageFile('colour-444.jpg')));
    const id = out.slice(0, 56);
    await cli.history.began(Date.UTC(2026, 10, 22, 12), 600_000);
    await cli.history.took({ starter: [20, 30, 40] });
    expect((await cli.mlg('read', id)).out).toBe(
      'pending, for starter; place 1 in the queue; next run at 2026-11-22T12:10:00.000Z; ' +
        'typically takes 30 s once a run works on it\n',
    );
    await cli.run();
    const done = await cli.mlg('read', id);
    expect(done.out).toMatch(/^done, by starter\n {2}Egyptian cat {3}75\.0 % {2}█+\n/);
    expect(JSON.parse((await cli.mlg('read', id, '--json')).out)).toMatchObject({ status: 'done' });
    expect(done.code).toBe(0);
  });

  it('says when there is no such request', async () => {
    const { code, err } = await (await openCli()).mlg('read', '0'.repeat(56));
    expect([code, err]).toEqual([2, expect.stringContaining(`${url} knows no request 000`)]);
  });
});
