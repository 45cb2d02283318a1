import type { InstalledModels, Model } from './catalogue.ts';
import { CallerError } from './errors.ts';

/**
 * @throws CallerError `model_unavailable`, whose message tells how to install it
 */
export function requireInstalled(installed: InstalledModels, model: Model): void {
  if (installed[model.id]) return;
  throw new CallerError(
    'model_unavailable',
    `${model.name} is not installed here. Whoever runs this service can install it with: ${installCommand(model)}`,
  );
}

/** The command by which whoever runs the service gets a model's weights. */
export function installCommand(model: Model): string {
  return `npm run zoo -- pull ${model.id}`;
}
