import { createUpload, erase, type Prediction, Refusal, readPrediction } from './api.ts';
import { Card } from './card.ts';
import { patiently, pause } from './patiently.ts';
import { postImage } from './post-image.ts';
import { shrunk } from './shrink.ts';
import { Upload } from './upload.ts';
import { refusalInWords } from './words.ts';

const maxBytes = 2 * 2 ** 20;
/** ms between two looks at a request; between them the countdown goes on by the second. */
const lookMs = 3_000;
const tickMs = 1_000;

/** Sends an image and shows the state of its request, until its classes are there. */
export async function classify(image: Blob, name: string, model: string, card = new Card(name, image)): Promise<void> {
  if (image.size === 0) return card.failed('The image file is empty.');
  if (image.size > maxBytes) {
    const size = (image.size / 1e6).toFixed(1);
    const act = () => void sendSmaller(image, name, model, card);
    return card.failed(`The image has ${size} MB; at most 2 MB are taken.`, { label: 'Send a smaller copy', act });
  }
  await explained(card, async () => {
    const upload = new Upload({ createUpload, readPrediction, postImage }, image, model, (share) =>
      card.uploading(share),
    );
    const id = await patiently(() => upload.send(), onUnreachable(card));
    await follow(id, card);
  });
}

/** Shows a request that was made before, here or elsewhere. */
export async function show(id: string): Promise<void> {
  const card = new Card(`Result ${id.slice(0, 8)}`);
  card.focus();
  await explained(card, () => follow(id, card));
}

async function sendSmaller(image: Blob, name: string, model: string, card: Card): Promise<void> {
  card.shrinking();
  const smaller = await shrunk(image);
  if (smaller && smaller.size <= maxBytes) await classify(smaller, name, model, card);
  else card.failed('Your browser cannot read this image, so it cannot be made smaller here.');
}

async function follow(id: string, card: Card): Promise<void> {
  const erased = new AbortController();
  card.link(id, () => {
    erased.abort();
    void explained(card, async () => {
      await patiently(() => forget(id), onUnreachable(card));
      card.remove();
    });
  });
  while (!erased.signal.aborted) {
    const prediction = await patiently(() => readPrediction(id), onUnreachable(card));
    if (erased.signal.aborted) return;
    if (prediction.status === 'done' || prediction.status === 'failed') return card.ended(prediction);
    await countDown(prediction, card, erased.signal);
  }
}

async function forget(id: string): Promise<void> {
  await erase(id).catch((error: unknown) => {
    const isGone = error instanceof Refusal && error.status === 404;
    if (!isGone) throw error;
  });
}

async function countDown(prediction: Prediction, card: Card, erased: AbortSignal): Promise<void> {
  for (let passed = 0; passed < lookMs && !erased.aborted; passed += tickMs) {
    card.waiting(prediction, Date.now());
    await pause(tickMs);
  }
}

const onUnreachable = (card: Card) => (isUnreachable: boolean) => {
  if (isUnreachable) card.unreachable();
};

async function explained(card: Card, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    card.failed(refusalInWords(error));
  }
}
