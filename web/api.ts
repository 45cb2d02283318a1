// The parts of the API's answers that the page uses; functions/openapi.yaml has all of them.

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly input_size: number;
  readonly parameters: number;
  readonly top1: number;
  readonly top5: number;
  readonly available: boolean;
}

/** What the service is told of an image before it is sent, so that its form takes nothing else. */
export interface AnnouncedImage {
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256?: string;
}

export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Prediction {
  readonly status: 'uploading' | 'pending' | 'running' | 'done' | 'failed';
  readonly model: string;
  readonly preds: readonly (readonly [wnid: string, label: string, score: number])[] | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly weights?: 'official' | 'synthetic';
  readonly queue?: { readonly position: number | null; readonly next_run_at: string | null };
  readonly typical_seconds?: number | null;
}

/** The service refused a call, or gave up; the message is its reason, for people. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

/** The service or its store gave no answer, or a temporary one: the same call may succeed later. */
export class Unreachable extends Error {
  /** Whether the service may have acted on the call all the same. */
  readonly mayHaveArrived: boolean;

  constructor(
    message: string,
    { mayHaveArrived = true, ...options }: ErrorOptions & { mayHaveArrived?: boolean } = {},
  ) {
    super(message, options);
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** The store refused an image by a form; it may take it by another. */
export class StoreRefusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`The store refused the image: ${code}.`);
    this.code = code;
  }
}

/** ms that a call may take. */
const patience = 20_000;
/** s; who is told to come back later than this is told why, not kept waiting. */
const longestRetry = 60;

export async function listModels(): Promise<readonly Model[]> {
  const { models } = await call<{ models: readonly Model[] }>('/models');
  return models;
}

export function createUpload(
  model: string,
  image: AnnouncedImage,
): Promise<{ readonly req_id: string; readonly upload: UploadForm }> {
  return call(`/uploads/${encodeURIComponent(model)}`, 'POST', image);
}

export function readPrediction(id: string): Promise<Prediction> {
  return call(`/readPrediction/${id}`);
}

export async function erase(id: string): Promise<void> {
  await call(`/predictions/${id}`, 'DELETE');
}

async function call<T>(path: string, method = 'GET', json?: object): Promise<T> {
  let response: Response;
  let text: string;
  const sent = json && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
  try {
    response = await fetch(path, { method, ...sent, signal: AbortSignal.timeout(patience) });
    text = await response.text();
  } catch (cause) {
    throw new Unreachable('There was no answer.', { cause, mayHaveArrived: navigator.onLine });
  }
  const { status } = response;
  const body = parsed(text) as { reason?: string; message?: string } | undefined;
  if (response.ok) return body as T;
  const retryAfter = Number(response.headers.get('retry-after'));
  const mayPass = status === 429 || (status >= 500 && (retryAfter > 0 || !body?.reason));
  const isTemporary = mayPass && retryAfter <= longestRetry;
  const reason = body?.reason ?? body?.message ?? `The answer was ${status}.`;
  // The gateway answers 429 by itself, in front of all functions.
  if (isTemporary) throw new Unreachable(reason, { mayHaveArrived: status !== 429 });
  throw new Refusal(status, reason);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
