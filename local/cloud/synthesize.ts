import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { MlgStack } from '../../lib/mlg-stack.ts';
import { completeSettings, type MlgSettings } from '../../lib/settings.ts';

/** No function is bundled and no directory is copied: local/cloud runs the sources. */
const context = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true };

/** The template that `cdk deploy` would ship with these settings, but for where it finds bundles and images. */
export async function synthesize(settings: Partial<MlgSettings>): Promise<unknown> {
  const complete = await completeSettings(settings);
  const outdir = await mkdtemp(join(tmpdir(), 'mlg-synth-'));
  try {
    // CDK's own check of the template takes longer than the rest; `cdk synth` makes it.
    const app = new App({ outdir, context, analyticsReporting: false, builtinCloudFormationValidation: false });
    const stack = new MlgStack(app, 'mlg', complete);
    return app.synth().getStackArtifact(stack.artifactId).template;
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}
