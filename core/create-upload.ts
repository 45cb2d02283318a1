import type { Admission } from './admission.ts';
import { requireInstalled } from './availability.ts';
import { findModel, type InstalledModels } from './catalogue.ts';
import { maxImageBytes } from './image-limits.ts';
import { uploadKey } from './keys.ts';
import type { Clock, NewId, RequestRows, UploadForm, UploadForms } from './ports.ts';
import { newUpload, type UploadingRequest } from './request.ts';

/** What giving out an upload needs. */
export interface CreateUploadServices {
  readonly rows: Pick<RequestRows, 'add'>;
  readonly forms: UploadForms;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly admission: Pick<Admission, 'checkBacklog' | 'spend'>;
  readonly installed: InstalledModels;
}

/** A request that waits for its image, and how the image can be sent. */
export interface Upload {
  readonly request: UploadingRequest;
  readonly form: UploadForm;
  /** ms since 1970. */
  readonly formExpiresAt: number;
}

/** A form is valid this long, in ms. */
export const formMs = 5 * 60_000;

/**
 * Makes a request that waits for its image, and the form by which a browser can send that.
 * @param modelName a model's id or name, in any spelling
 * @param sender the id of the sender's API key, where there are keys
 * @throws CallerError `unknown_model`, `model_unavailable`, `queue_full` or `quota_used_up`; then nothing is stored
 */
export async function createUpload(
  services: CreateUploadServices,
  modelName: string,
  sender?: string,
): Promise<Upload> {
  const { rows, forms, admission, clock, newId, installed } = services;
  const model = findModel(modelName);
  requireInstalled(installed, model);
  await admission.checkBacklog(model);
  await admission.spend(sender);
  const now = clock();
  const request = newUpload(newId(), model.id, now, sender);
  const formExpiresAt = now + formMs;
  const form = await forms.sign(uploadKey(request.id), maxImageBytes, formExpiresAt);
  await rows.add(request);
  return { request, form, formExpiresAt };
}
