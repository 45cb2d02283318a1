import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { MlgStack } from '../../lib/mlg-stack.ts';
import { completeSettings, type MlgSettings } from '../../lib/settings.ts';
import { templateOnly } from '../../local/cloud/synthesize.ts';
import { Template as LocalTemplate } from '../../local/cloud/template.ts';

/** Of all apps of a test file; CDK deletes none of what it writes. */
const outdirs = mkdtempSync(path.join(tmpdir(), 'mlg-test-cdk-'));
afterAll(() => rmSync(outdirs, { recursive: true }));

export const models = { starter: { sha256: 'a'.repeat(64), weights: 'official' } } as const;

/** The stack with these settings; no function is bundled. */
export async function stackWith(settings: Partial<MlgSettings>, app = appWithoutBundles()): Promise<MlgStack> {
  return new MlgStack(app, 'mlg', await completeSettings({ models, ...settings }));
}

export function appWithoutBundles(): App {
  const outdir = mkdtempSync(path.join(outdirs, 'app-'));
  return new App({ ...templateOnly, outdir });
}

export async function templateWith(settings: Partial<MlgSettings>): Promise<Template> {
  return Template.fromStack(await stackWith(settings));
}

/** Resolves references as if the resources had been created. */
export function resolver(template: Template): LocalTemplate {
  return new LocalTemplate(template.toJSON());
}

/** The containers of the task, by name. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into them by name
export function containersOf(template: Template): Record<string, any> {
  const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  const containers: { Name: string }[] = task?.Properties.ContainerDefinitions ?? [];
  return Object.fromEntries(containers.map((container) => [container.Name, container]));
}
