import { fileURLToPath } from 'node:url';
import type { MlgSettings } from '../../lib/settings.ts';
import { type Cloud, type CloudOptions, runTemplate } from './cloud.ts';
import { synthesize } from './synthesize.ts';
import { Template } from './template.ts';

export type { Cloud } from './cloud.ts';
export type { Item, OnItem } from './dynalite.ts';
export type { RunEvent } from './schedule.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Synthesizes the stack and runs it on this machine.
 * @throws Error when a setting is wrong, the port is taken or `dataDir` is in use
 */
export async function startCloud(options: CloudOptions & { readonly settings?: Partial<MlgSettings> }): Promise<Cloud> {
  const template = new Template(await synthesize(options.settings ?? {}));
  return runTemplate(template, options, repository);
}
