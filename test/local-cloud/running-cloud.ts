import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Cloud, type CloudOptions, runTemplate } from '../../local/cloud/cloud.ts';
import type { RunEvent } from '../../local/cloud/schedule.ts';
import { Template } from '../../local/cloud/template.ts';
import { type FixtureOptions, fixtureRoot, fixtureTemplate } from './fixtures/template.ts';

export interface RunningCloud extends Cloud {
  /** `<source>: <line>`, as they come. */
  readonly lines: string[];
  readonly runs: RunEvent[];
  /** Resolves with the first line, past or future, that matches. */
  line(pattern: RegExp): Promise<string>;
}

/** Puts off a clean-up: to the end of the test (`onTestFinished`), or of the file (`afterAll`). */
export type PutOff = (cleanUp: () => Promise<void>) => void;

/** A directory that goes in the end. */
export async function temporaryDirectory(putOff: PutOff = onTestFinished): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mlg-cloud-'));
  putOff(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The fixture stack, running until the end. */
export async function runFixture(
  fixture: FixtureOptions & Partial<CloudOptions> = {},
  putOff: PutOff = onTestFinished,
): Promise<RunningCloud> {
  const lines: string[] = [];
  const runs: RunEvent[] = [];
  const waiting = new Set<() => void>();
  const dataDir = fixture.dataDir ?? (await temporaryDirectory(putOff));
  const cloud = await runTemplate(
    new Template(fixtureTemplate(fixture)),
    {
      port: 0,
      environment: {},
      every: 3_600_000,
      ...fixture,
      dataDir,
      onRun: (event) => runs.push(event),
      onLine: (source, line) => {
        lines.push(`${source}: ${line}`);
        for (const look of waiting) look();
      },
    },
    fixtureRoot,
  );
  putOff(() => cloud.close());
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const found = lines.find((line) => pattern.test(line));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { ...cloud, lines, runs, line };
}
