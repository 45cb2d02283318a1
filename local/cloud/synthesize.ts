import { App } from 'aws-cdk-lib';
import { featureFlags } from '../../lib/feature-flags.ts';
import { MlgStack } from '../../lib/mlg-stack.ts';
import { completeSettings, type MlgSettings } from '../../lib/settings.ts';
import { temporaryFolder } from '../../process/temporary-folder.ts';

/** For a template alone: no function is bundled, no directory is copied, and nothing is checked or printed. */
export const templateOnly = {
  context: {
    ...featureFlags,
    // `cdk synth` prints the warnings.
    '@aws-cdk/core:annotationsInValidationReport': false,
    'aws:cdk:bundling-stacks': [],
    'aws:cdk:disable-asset-staging': true,
  },
  analyticsReporting: false,
  // It takes longer than the rest; `cdk synth` makes it.
  builtinCloudFormationValidation: false,
};

/** The template that `cdk deploy` would ship with these settings, but for where it finds bundles and images. */
export async function synthesize(settings: Partial<MlgSettings>): Promise<unknown> {
  const complete = await completeSettings(settings);
  await using folder = await temporaryFolder('mlg-synth-');
  const app = new App({ ...templateOnly, outdir: folder.path });
  const stack = new MlgStack(app, 'mlg', complete);
  return app.synth().getStackArtifact(stack.artifactId).template;
}
