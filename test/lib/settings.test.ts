import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { deployment, type Variable, variables } from '../../aws/settings.ts';
import { completeSettings, settingsFromContext } from '../../lib/settings.ts';

const models = { starter: { sha256: 'a'.repeat(64), weights: 'official' } };

test('without models, they are those that the provider program has', async () => {
  const { models } = await completeSettings({});
  for (const model of Object.values(models)) expect(model.sha256).toMatch(/^[0-9a-f]{64}$/);
});

describe('refused, by name:', () => {
  test.each([
    [{ netwrok: 'polygon' }, "There is no setting 'netwrok'."],
    [{ throttling: { rate: 1, burst: 1, brust: 1 } }, "There is no setting 'throttling.brust'."],
    [{ network: 'bitcoin' }, "The setting 'network' is wrong"],
    [{ scheduleMinutes: 0 }, "The setting 'scheduleMinutes' is wrong: must be a whole number from 1 to 1440."],
    [{ scheduleMinutes: 1.5 }, "The setting 'scheduleMinutes' is wrong: must be a whole number from 1 to 1440."],
    [{ runSeconds: 900 }, "The setting 'runSeconds' is wrong: must be a whole number from 30 to 600."],
    [
      { spending: { runBudget: -1 } },
      "The setting 'spending.runBudget' is wrong: must be an amount of GLM, not less than 0.",
    ],
    [{ spending: { budget: 1 } }, "There is no setting 'spending.budget'."],
    [{ corsOrigins: ['example.org'] }, "The setting 'corsOrigins.0' is wrong: must be '*' or an origin"],
    [{ alarmEmail: 'nobody' }, "The setting 'alarmEmail' is wrong: must be an e-mail address."],
    [{ domain: { name: 'https://x', certificateArn: 'arn:x' } }, "The setting 'domain.name' is wrong"],
    [{ resultDays: 0 }, "The setting 'resultDays' is wrong: must be a whole number from 1 to 365."],
    [{ resultDays: 366 }, "The setting 'resultDays' is wrong: must be a whole number from 1 to 365."],
    [{ resultDays: 1.5 }, "The setting 'resultDays' is wrong: must be a whole number from 1 to 365."],
    [{ resultDays: '30' }, "The setting 'resultDays' is wrong"],
    [{ runRecordDays: 0 }, "The setting 'runRecordDays' is wrong: must be a whole number from 1 to 365."],
    [{ logDays: 2 }, "The setting 'logDays' is wrong"],
    [
      { models: { alexnet: models.starter } },
      "The setting 'models.alexnet' is wrong: must be a model of the catalogue.",
    ],
    [{ models: { starter: { sha256: 'abc', weights: 'official' } } }, 'must be 64 hex digits'],
    [{ images: { starter: { url: 'http://x' } } }, "The setting 'images.starter"],
    [{ images: { alexnet: { tag: 'x' } } }, "The setting 'images.alexnet' is wrong"],
    ...['constructor', '__proto__', 'toString'].flatMap((name): [object, string][] => [
      [JSON.parse(`{"${name}":{}}`), `There is no setting '${name}'.`],
      [JSON.parse(`{"models":{"${name}":{}}}`), "The setting 'models"],
      [JSON.parse(`{"images":{"${name}":{"tag":"x"}}}`), "The setting 'images"],
    ]),
    [{ requestsAlarm: 0 }, "The setting 'requestsAlarm' is wrong: must be a positive whole number."],
    [
      { monthlyBudgetUsd: 0, alarmEmail: 'a@example.org' },
      "The setting 'monthlyBudgetUsd' is wrong: must be at least 1.",
    ],
    [
      { monthlyBudgetUsd: 20 },
      "The setting 'alarmEmail' is wrong: must be given with monthlyBudgetUsd, whose warnings it gets.",
    ],
    [{ imageConcurrency: 1 }, "The setting 'imageConcurrency' is wrong: must be a whole number from 2 to 1000."],
    [{ yagnaImage: '' }, "The setting 'yagnaImage' is wrong: must not be empty."],
    ['polygon', "The setting 'mlg' is wrong"],
  ])('%j', async (given, message) => {
    await expect(completeSettings(given)).rejects.toThrow(message);
  });
});

describe('context', () => {
  test('may be an object, its JSON, or nothing', async () => {
    expect((await settingsFromContext({ models, network: 'polygon' })).network).toBe('polygon');
    expect((await settingsFromContext(JSON.stringify({ models, network: 'amoy' }))).network).toBe('amoy');
    expect((await settingsFromContext(undefined)).network).toBe('hoodi');
  });

  test('that is neither is refused', async () => {
    await expect(settingsFromContext('network=polygon')).rejects.toThrow('The setting mlg is not JSON.');
  });
});

describe('docs/operate.md', () => {
  const manual = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
  const rows = settingRows(deployment.entries);

  test('has every setting with its default, in a table', () => {
    expect(tableUnder('## Settings')).toEqual(rows.map(({ row }) => row));
  });

  test('has every variable, and the setting that it holds or a text of its own', () => {
    expect(tableUnder('## Environment')).toEqual(
      Object.entries<Variable>(variables).map(([key, { name, about, fallback }]) => {
        const setting = rows.find((row) => row.at.split('.').at(-1) === key)?.at;
        expect(about === undefined, `${name}: either a setting or a text`).toBe(setting !== undefined);
        const unset = fallback === undefined ? '' : `; ${fallback}, unless it is set for trials`;
        return `| \`${name}\` | ${about ?? `\`${setting}\``}${unset} |`;
      }),
    );
  });

  function tableUnder(heading: string): string[] {
    const [, section = ''] = manual.split(`${heading}\n`);
    const [, , ...rows] = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
    return rows;
  }
});

interface SettingRow {
  /** Its path, such as `spending.runBudget`. */
  readonly at: string;
  readonly row: string;
}

function settingRows(entries: v.ObjectEntries, path = ''): SettingRow[] {
  return Object.entries(entries).flatMap(([key, entry]): SettingRow[] => {
    const at = path + key;
    const schema = 'wrapped' in entry ? (entry.wrapped as v.GenericSchema) : (entry as v.GenericSchema);
    if ('entries' in schema) return settingRows(schema.entries as v.ObjectEntries, `${at}.`);
    const { otherwise = 'none' } = v.getMetadata(schema as never) as { otherwise?: string };
    const fallback = v.getDefault(entry as v.GenericSchema) as unknown;
    return [{ at, row: `| \`${at}\` | ${inWords(fallback, otherwise)} | ${v.getDescription(schema as never)} |` }];
  });
}

function inWords(fallback: unknown, otherwise: string): string {
  if (fallback === undefined || JSON.stringify(fallback) === '{}') return otherwise;
  return typeof fallback === 'number' || typeof fallback === 'boolean' ? `${fallback}` : code(fallback);
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
