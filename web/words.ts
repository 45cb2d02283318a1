import type { Prediction, Refusal } from './api.ts';

const sendAgain = 'You can send the image again.';

/** What to do about a failed request, by its code; for codes that are not here, the service's own sentence. */
const advice: Readonly<Record<string, string>> = {
  unsupported_image: 'This is not an image that can be read here. Use a JPEG, PNG, GIF or WebP.',
  broken_image: 'The image file is damaged or was cut off. Save or export it once more, and try that file.',
  bad_dimensions: 'The image has no pixels, or too many: at most 40 million can be taken.',
  too_costly: 'This image takes too long to decode. Save it as a plain JPEG of fewer pixels, and try that file.',
  too_large: 'The image is too large. At most 2 MB are taken.',
  empty_image: 'The image file is empty.',
  upload_expired: `The image did not arrive in time. ${sendAgain}`,
};

export function failureInWords({ code, message }: { readonly code: string; readonly message: string }): string {
  return advice[code] ?? `It did not work out: ${message} ${sendAgain}`;
}

export function refusalInWords(error: Refusal): string {
  if (error.status === 404) return 'There is no such result, or it is not kept any more.';
  if (error.status === 401 || error.status === 403) return 'This service takes images only from those who have a key.';
  return error.message;
}

/** The state of a request that has not ended. */
export function waitInWords({ status, queue, typical_seconds }: Prediction, now: number): string {
  if (status === 'uploading') return 'Sent. The image is being prepared.';
  if (status === 'running') {
    return typical_seconds
      ? `Being classified; typically this takes ${duration(typical_seconds)}.`
      : 'Being classified.';
  }
  const place = queue?.position ? `Place ${queue.position} in the queue` : 'Far back in the queue';
  if (!queue?.next_run_at) return `${place}. When the next run begins is not known.`;
  const seconds = (Date.parse(queue.next_run_at) - now) / 1000;
  if (seconds < 1) return `${place}. The next run begins any moment.`;
  return `${place}. The next run begins in ${duration(seconds)}, at ${time(queue.next_run_at)}.`;
}

export const percent = (score: number): string => `${(score * 100).toFixed(1)} %`;

export const labelInWords = (label: string): string => label.replaceAll('_', ' ');

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function time(iso: string): string {
  return new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
