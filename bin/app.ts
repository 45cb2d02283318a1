import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { MlgStack } from '../lib/mlg-stack.ts';
import { settingsFromContext } from '../lib/settings.ts';

const app = new App();
new MlgStack(app, 'mlg', await settingsFromContext(app.node.tryGetContext('mlg')));
// A finding ends the synthesis, unless the stack says why it is meant to be so.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
