import { modelSettings } from '../aws/settings.ts';
import type { InstalledModels } from '../core/catalogue.ts';
import { http } from './http/http.ts';
import { modelsAnswer } from './http/models-answer.ts';
import { lambdaLog } from './http/request-log.ts';
import type { HttpFunction, Log } from './http/types.ts';

/** `GET /models`: the catalogue, and what of it is installed. */
export function listModels(installed: InstalledModels, log: Log): HttpFunction {
  return http(['GET'], log, () => modelsAnswer(installed));
}

export const handler = listModels(modelSettings(process.env), lambdaLog());
