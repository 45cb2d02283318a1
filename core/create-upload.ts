import type { Admission } from './admission.ts';
import { requireInstalled } from './availability.ts';
import { findModel, type InstalledModels } from './catalogue.ts';
import { CallerError } from './errors.ts';
import { imageTooLarge, maxImageBytes } from './image-limits.ts';
import { uploadKey } from './keys.ts';
import type { Clock, NewId, RequestRows, UploadForm, UploadForms, UploadLimits } from './ports.ts';
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

/** What is to be uploaded. The image itself has not been seen. */
export interface AnnouncedUpload {
  /** A model's id or name, in any spelling. */
  readonly model: string;
  /** Of the image file, bytes. */
  readonly size?: number | undefined;
  /** Of the image file, hex. */
  readonly sha256?: string | undefined;
  /** The id of the sender's API key, where there are keys. */
  readonly sender?: string | undefined;
}

/** A request that waits for its image, and how the image can be sent. */
export interface Upload {
  readonly request: UploadingRequest;
  readonly form: UploadForm;
  /** The most that the form takes. */
  readonly maxBytes: number;
  /** ms since 1970. */
  readonly formExpiresAt: number;
}

/** A form is valid this long, in ms: the largest image takes as long at 140 kbit/s. */
export const formMs = 2 * 60_000;

/**
 * Makes a request that waits for its image, and the form by which a browser can send that, and nothing else as far as
 * the image was announced.
 * @throws CallerError `unknown_model`, `model_unavailable`, `empty_image`, `too_large`, `queue_full` or
 *   `quota_used_up`; then nothing is stored
 */
export async function createUpload(services: CreateUploadServices, announced: AnnouncedUpload): Promise<Upload> {
  const { rows, forms, admission, clock, newId, installed } = services;
  const { sender } = announced;
  const model = findModel(announced.model);
  requireInstalled(installed, model);
  const limits = limitsOf(announced);
  await admission.checkBacklog(model);
  await admission.spend(sender);
  const now = clock();
  const request = newUpload(newId(), model.id, now, sender);
  const formExpiresAt = now + formMs;
  const form = await forms.sign(uploadKey(request.id), limits, formExpiresAt);
  await rows.add(request);
  return { request, form, maxBytes: limits.maxBytes, formExpiresAt };
}

function limitsOf({ size, sha256 }: AnnouncedUpload): UploadLimits {
  if (size === 0) throw new CallerError('empty_image', 'The image file is empty.');
  if (size !== undefined && size > maxImageBytes) throw imageTooLarge();
  return { minBytes: size ?? 1, maxBytes: size ?? maxImageBytes, ...(sha256 && { sha256 }) };
}
