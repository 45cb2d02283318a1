import { afterAll, describe, expect, test } from 'vitest';
import { runFixture } from './running-cloud.ts';

process.env.MLG_TEST_OF_THIS_PROCESS = 'x';
const { url, endpoints, lines, line } = await runFixture({}, afterAll);

const internalError = [500, { message: 'Internal Server Error' }];

test("a function's environment is its own variables and what Lambda adds, and nothing of this process", async () => {
  const { environment, remaining } = await (await fetch(`${url}/echo`)).json();
  expect(environment).toMatchObject({
    TABLE_NAME: 'Rows',
    BUCKET_ARN: 'arn:aws:s3:us-east-1:000000000000:images',
    PLACE: 'us-east-1/images',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_LAMBDA_FUNCTION_NAME: 'Echo',
  });
  for (const foreign of ['MLG_TEST_OF_THIS_PROCESS', 'PATH', 'HOME']) expect(environment).not.toHaveProperty(foreign);
  const fallback = await (await fetch(`${url}/elsewhere`)).json();
  expect(fallback.environment).not.toHaveProperty('TABLE_NAME');
  expect(remaining).toBeGreaterThan(0);
  expect(remaining).toBeLessThanOrEqual(10_000);
});

test('what it writes comes line by line, under its source', async () => {
  await fetch(`${url}/echo`);
  expect(await line(/called/)).toBe('functions.ts: called /echo');
});

test('an instance is used again, and handles one event at a time', async () => {
  const call = async () => (await (await fetch(`${url}/echo`)).json()).instance;
  expect(await call()).toBe(await call());
  const instances = new Set(await Promise.all(Array.from({ length: 20 }, call)));
  expect(instances.size).toBeLessThanOrEqual(4);
});

describe('a function that fails', () => {
  test.each([
    ['throw', /Its handler threw\. Error: thrown on purpose/],
    ['crash', /It crashed\. Error: crashed on purpose/],
    ['exit', /It ended itself with code 3\./],
    ['hang', /It took longer than 0\.3 s\./],
    ['garble', /It returned no HTTP response: statusCode/],
  ])('%s: 500 for the caller, the reason for the operator, and the next event is served', async (how, reason) => {
    const response = await fetch(`${url}/misbehave/${how}`);
    expect([response.status, await response.json()]).toEqual(internalError);
    expect(await line(reason)).toMatch(/^functions\.ts: /);
    expect((await fetch(`${url}/misbehave/not`)).status).toBe(200);
  });

  test('after its answer: the next event is served by another instance', async () => {
    const call = async (how: string) => (await (await fetch(`${url}/misbehave/${how}`)).json()).instance;
    const crashed = await call('crash-afterwards');
    await line(/It crashed after its answer/);
    const next = await call('not');
    expect(next).toMatch(/^[0-9a-f-]{36}$/);
    expect(next).not.toBe(crashed);
  });

  test('to load: the reason is told for each event', async () => {
    for (let i = 0; i < 2; i++) {
      const response = await fetch(`${url}/not-loadable`);
      expect([response.status, await response.json()]).toEqual(internalError);
    }

    const reason = expect.stringMatching(/^not-loadable\.ts: It could not be loaded\. Error: MODELS is not set/);
    expect(lines.filter((line) => line.includes('MODELS'))).toEqual([reason, reason]);
  });
});

test('closing gives up on what is under way', async () => {
  const { url, close } = await runFixture();
  const response = fetch(`${url}/misbehave/hang`).catch(() => undefined);
  await close();
  expect((await response)?.status ?? 500).toBe(500);
  await expect(fetch(url)).rejects.toThrow();
});
