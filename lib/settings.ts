import * as v from 'valibot';
import { deployment } from '../aws/settings.ts';
import type { InstalledModels } from '../core/catalogue.ts';
import { installedModels, modelDirs } from '../golem-image/models.ts';

type Chosen = Readonly<v.InferOutput<typeof deployment>>;

/** What a deployment chooses, with the defaults for what it does not; aws/settings.ts says what each means. */
export type MlgSettings = Chosen & { readonly models: InstalledModels };

/** In Golem's registry by tag, or anywhere by address and SHA3-224. */
export type ProviderImage = NonNullable<MlgSettings['images'][keyof MlgSettings['images']]>;

/**
 * Returns settings, checked, with the defaults for what is not given.
 * @throws Error that names the setting and what it should be, also for a setting that does not exist
 */
export async function completeSettings(given: unknown): Promise<MlgSettings> {
  const result = v.safeParse(deployment, given);
  if (!result.success) throw new Error(describe(result.issues[0]));
  const models = result.output.models ?? (await installedModels(modelDirs(process.env)));
  return { ...result.output, models };
}

/** Returns settings from CDK's context: an object in cdk.json under `mlg`, or its JSON from the command line (`-c mlg=…`). */
export async function settingsFromContext(context: unknown): Promise<MlgSettings> {
  return completeSettings(typeof context === 'string' ? parsed(context) : (context ?? {}));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new Error('The setting mlg is not JSON. Give an object, such as {"network":"polygon"}.', { cause });
  }
}

function describe(issue: v.BaseIssue<unknown>): string {
  const at = v.getDotPath(issue) ?? 'mlg';
  if (issue.expected === 'never') return `There is no setting '${at}'.`;
  return `The setting '${at}' is wrong: ${issue.message}.`;
}
