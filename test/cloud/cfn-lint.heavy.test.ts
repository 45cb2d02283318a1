import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { MlgSettings } from '../../lib/settings.ts';
import { synthesize } from '../../local/cloud/synthesize.ts';
import { withPythonTool } from '../support/python.ts';
import { tempDir } from '../support/temp-dir.ts';

const run = promisify(execFile);
const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012';
const everything = {
  ...{ apiKeys: true, alarmEmail: 'a@example.org', domain: { name: 'a.example.org', certificateArn } },
  ...{ monthlyBudgetUsd: 40, imageConcurrency: 10 },
};

withPythonTool('cfn-lint', (cfnLint) => {
  test.each<[string, Partial<MlgSettings>]>([
    ['with its defaults', {}],
    ['with everything on', everything],
  ])('cfn-lint has nothing to say about the template %s', async (_, settings) => {
    const file = path.join(await tempDir(), 'template.json');
    await writeFile(file, JSON.stringify(await synthesize(settings)));
    // W3005: CDK writes down dependencies that are there without it.
    const { stdout } = await run(cfnLint, ['--ignore-checks', 'W3005', '--template', file]);
    expect(stdout).toBe('');
  });

  test('cfn-lint does look', async () => {
    const file = path.join(await tempDir(), 'template.json');
    const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeOut: 5 } };
    await writeFile(file, JSON.stringify({ Resources: { Queue: queue } }));
    await expect(run(cfnLint, ['--template', file])).rejects.toThrow();
  });
});
