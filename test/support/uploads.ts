import { createHash } from 'node:crypto';
import { call, type ReadAnswer } from './service.ts';

/** What `POST /uploads/{model}` gives. */
export interface AskedUpload {
  readonly req_id: string;
  readonly upload: UploadForm;
}

export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** @param image for which the form is to be good alone; without it, the form takes any */
export async function askForUpload(url: string, model: string, image?: Uint8Array): Promise<AskedUpload> {
  const announced = image && { size: image.length, sha256: createHash('sha256').update(image).digest('hex') };
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(announced) };
  const response = await call(`${url}/uploads/${model}`, { method: 'POST', ...(announced && json) });
  if (response.status !== 201) throw new Error(`refused: ${response.status} ${await response.text()}`);
  return (await response.json()) as AskedUpload;
}

/** Posts a file as a browser does: the form's fields, then its own, the file last. */
export function postFile({ url, fields }: UploadForm, file: Uint8Array, type?: string): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (type !== undefined) form.append('Content-Type', type);
  form.append('file', new Blob([Buffer.from(file)], { type: type ?? '' }), 'photo.jpg');
  return fetch(url, { method: 'POST', body: form, headers: { origin: 'http://127.0.0.1:3000' } });
}

export interface ReadWithError extends ReadAnswer {
  readonly error: { readonly code: string; readonly message: string } | null;
}

const patience = 20_000;

/** How a request stands, as soon as it stands as wanted. */
export async function readWhen(
  url: string,
  id: string,
  isWanted: (answer: ReadWithError) => boolean,
): Promise<ReadWithError> {
  const deadline = Date.now() + patience;
  for (;;) {
    const answer = (await (await call(`${url}/readPrediction/${id}`)).json()) as ReadWithError;
    if (isWanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`It still stands like this: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
