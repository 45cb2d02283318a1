import { installCommand } from '../../core/availability.ts';
import { catalogue, type InstalledModels } from '../../core/catalogue.ts';
import type { Answer } from './types.ts';

/** 200: every network that mlg knows; of those that are not installed, the command that does it. */
export function modelsAnswer(installed: InstalledModels): Answer {
  const models = catalogue.map((model) => {
    const { id, name, family, size, parameters, top1, top5 } = model;
    const here = installed[id];
    return {
      ...{ id, name, family, input_size: size, parameters, top1, top5 },
      ...(here ? { available: true, weights: here.weights } : { available: false, install: installCommand(model) }),
    };
  });
  return { status: 200, body: { models }, headers: { 'cache-control': 'public, max-age=60' } };
}
