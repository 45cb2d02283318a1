import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { variables } from '../../aws/settings.ts';
import { notFound, type RouteFunction, routes } from '../../functions/routes.ts';
import { buildPage } from '../../web/build.ts';
import { recordedEvents } from '../lib/recorded-events.ts';

const program = path.join(import.meta.dirname, 'fixtures', 'call-handlers.ts');
const served = [...Object.values<RouteFunction>(routes), notFound];
const others = ['functions/accept-upload.ts', 'functions/authorizer.ts'];

interface Called {
  readonly source: string;
  readonly without: object;
  readonly read: readonly string[];
  readonly answer: object;
}

type Line = Called & { readonly level?: string };

let lines: readonly Line[];

beforeAll(async () => {
  buildPage();
  const args = [program, ...served.map(({ source }) => source), ...others];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
  lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
});

test('every function has a recorded event', () => {
  const sources = [...served.map(({ source }) => source), ...others];
  expect(Object.keys(recordedEvents)).toEqual(expect.arrayContaining(sources));
});

const called = (source: string) => lines.find((line) => line.source === source);

describe('a function is loaded without an environment, and', () => {
  test.each(served)('$source: at a call reads what its route says, and lacks nothing', ({ source, environment }) => {
    const names = environment.map((name) => variables[name].name);
    expect(called(source)).toMatchObject({ answer: recordedEvents[source]?.answer ?? {} });
    expect(new Set(called(source)?.read)).toEqual(new Set(names));
  });

  test.each(served.filter(({ environment }) => environment.length > 0))(
    '$source: without its variables answers 500 as any route does, and logs which is missing',
    ({ source, environment: [first = 'table'] }) => {
      const without = called(source)?.without as { body: string };
      expect(without).toMatchObject({ statusCode: 500, headers: { 'x-content-type-options': 'nosniff' } });
      expect(JSON.parse(without.body)).toMatchObject({ success: false });
      const missing = `The environment variable ${variables[first].name} is not set.`;
      const logged = lines.slice(0, lines.indexOf(called(source) as Line)).findLast(({ level }) => level === 'ERROR');
      expect(JSON.stringify(logged)).toContain(missing);
    },
  );

  test.each(others)('%s: without its variables throws, and with them works at the next call', (source) => {
    expect(called(source)).toMatchObject({
      without: { threw: expect.stringMatching(/^The environment variable (TABLE_NAME|OPERATIONS_TABLE) is not set.$/) },
      answer: recordedEvents[source]?.answer ?? {},
    });
  });
});
