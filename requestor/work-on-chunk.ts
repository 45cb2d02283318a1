import { tensorBytes } from '../core/catalogue.ts';
import { encodeChunk } from '../core/chunk-file.ts';
import type { Chunk, PackedChunk } from '../core/chunks.ts';
import { MlgError, PlatformError } from '../core/errors.ts';
import { tensorKey } from '../core/keys.ts';
import { type Failure, leaseMs, type PredictionRequest } from '../core/request.ts';
import type { RunServices } from './run.ts';

/** What became of the requests of one chunk. */
export interface ChunkEnd {
  /** Requests that this run won; the others belong to another run or ended meanwhile. */
  readonly claimed: number;
  readonly done: number;
  readonly failed: number;
  /** Put back to be tried again, or failed with their last attempt. */
  readonly retried: number;
  /** Put back as if never claimed. */
  readonly released: number;
  /** Answered too late: another run holds them. */
  readonly lost: number;
  readonly provider?: string;
  readonly reason?: string;
  /** No provider could be engaged: the rest of the queue can wait for the next run. */
  readonly unreachable: boolean;
}

const nothing: ChunkEnd = { claimed: 0, done: 0, failed: 0, retried: 0, released: 0, lost: 0, unreachable: false };

/** Claims a chunk's requests, has a provider classify them and stores the outcomes; or gives the requests back. */
export async function workOnChunk(
  chunk: Chunk,
  services: RunServices,
  owner: string,
  signal: AbortSignal,
): Promise<ChunkEnd> {
  const claimed = await claimAll(chunk.requests, services, owner);
  if (claimed.length === 0) return nothing;
  let held = claimed;
  try {
    signal.throwIfAborted();
    const { packed, requests, failed } = await pack(chunk, claimed, services, owner);
    held = requests;
    const end = { ...nothing, claimed: claimed.length, failed };
    if (requests.length === 0) return end;
    const outcomes = await services.providers.classify(packed, signal);
    const stored = await countTrue(
      requests.map((request, index) => {
        const outcome = outcomes[index];
        if (!outcome) throw new Error(`The chunk's image ${index} has no outcome.`);
        return services.rows.complete(request.id, owner, outcome, services.clock());
      }),
    );
    const provider = outcomes[0]?.provider;
    return { ...end, done: stored, lost: requests.length - stored, ...(provider && { provider }) };
  } catch (error) {
    return { ...(await giveBack(held, error, services, owner, signal)), claimed: claimed.length };
  }
}

async function claimAll(
  requests: readonly PredictionRequest[],
  { rows, clock }: RunServices,
  owner: string,
): Promise<PredictionRequest[]> {
  const now = clock();
  const claims = await Promise.all(requests.map(({ id }) => rows.claim(id, { owner, until: now + leaseMs }, now)));
  return claims.filter((claim) => claim !== undefined);
}

/** The chunk file of all requests whose image is there. A request without its image fails; the others go on. */
async function pack(
  { model }: Chunk,
  claimed: readonly PredictionRequest[],
  { rows, objects, clock }: RunServices,
  owner: string,
): Promise<{ packed: PackedChunk; requests: PredictionRequest[]; failed: number }> {
  const tensors = await Promise.all(claimed.map(({ id }) => objects.get(tensorKey(id))));
  const images: Uint8Array[] = [];
  const requests: PredictionRequest[] = [];
  const lost: PredictionRequest[] = [];
  claimed.forEach((request, index) => {
    const image = tensors[index];
    if (image?.length === tensorBytes(model)) {
      images.push(image);
      requests.push(request);
    } else {
      lost.push(request);
    }
  });
  const failed = await countTrue(lost.map(({ id }) => rows.fail(id, owner, imageLost, clock())));
  const bytes = encodeChunk(model.id, model.size, model.size, images);
  return { packed: { model, count: images.length, bytes }, requests, failed };
}

const imageLost: Failure = {
  code: 'image_lost',
  message: 'The prepared image is not in the store any more. Please send it again.',
};

/** A provider's failure costs an attempt; a stop of the run, or a platform that does not answer, does not. */
async function giveBack(
  requests: readonly PredictionRequest[],
  error: unknown,
  { rows, clock }: RunServices,
  owner: string,
  signal: AbortSignal,
): Promise<ChunkEnd> {
  const reason = error instanceof Error ? error.message : String(error);
  if (signal.aborted || error instanceof PlatformError) {
    const released = await countTrue(requests.map(({ id }) => rows.release(id, owner)));
    return { ...nothing, released, lost: requests.length - released, reason, unreachable: !signal.aborted };
  }
  const failure = publicFailure(error);
  const retried = await countTrue(requests.map(({ id }) => rows.retry(id, owner, failure, clock())));
  return { ...nothing, retried, lost: requests.length - retried, reason };
}

/** What the person who asked may read: never a stack or an internal name. */
function publicFailure(error: unknown): Failure {
  if (error instanceof MlgError) return { code: error.code, message: error.message };
  return { code: 'internal_error', message: 'The attempt failed for a reason of our own.' };
}

async function countTrue(steps: readonly Promise<boolean>[]): Promise<number> {
  const held = await Promise.all(steps);
  return held.filter(Boolean).length;
}
