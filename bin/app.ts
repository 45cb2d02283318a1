import { App } from 'aws-cdk-lib';
import { MlgStack } from '../lib/mlg-stack.ts';
import { settingsFromContext } from '../lib/settings.ts';

const app = new App();
new MlgStack(app, 'mlg', await settingsFromContext(app.node.tryGetContext('mlg')));
