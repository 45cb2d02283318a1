import { readVariables } from '../aws/settings.ts';
import { installCommand } from '../core/availability.ts';
import { catalogue, type InstalledModels } from '../core/catalogue.ts';
import { http, routeAtFirstCall } from './http/http.ts';
import type { Answer, HttpFunction, Log } from './http/types.ts';
import { routes } from './routes.ts';

/** `GET /models`: the catalogue, and what of it is installed. */
export function listModels(installed: InstalledModels, log: Log): HttpFunction {
  return http(routes.listModels.methods, log, () => answer(installed));
}

/** 200: every network that mlg knows; for those that are not installed, the command that installs them. */
function answer(installed: InstalledModels): Answer {
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

export const handler = routeAtFirstCall((log) =>
  listModels(readVariables(process.env, routes.listModels.environment).models, log),
);
