import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Ledger } from '../../local/chaos/ledger.ts';
import type { Photo } from '../../local/chaos/photos.ts';

const truth: Photo['truth'] = [0.5, 0.2, 0.1, 0.05, 0.01].map((p, i) => [`n0000000${i}`, `class ${i}`, p]);
const photo: Photo = { file: new Uint8Array([1]), truth };
const wrong = truth.map(([, label, p], i) => [`n0000001${i}`, label, p]);
const done = (preds: unknown) => ({ status: 'done', preds, attempts: 1, error: null });
const failed = { status: 'failed', preds: null, attempts: 3, error: { code: 'bad_answer', message: 'It was bad.' } };

/** An API that accepts everything, the first time with 429, and answers what it is told to. */
async function api(answers: unknown[]): Promise<{ url: string; answers: unknown[] }> {
  const known = { answers };
  let [sent, calls] = [0, 0];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const id = Number(request.url?.split('/').at(-1));
      const accepts = request.url?.includes('requestPrediction');
      response.writeHead(calls++ === 0 ? 429 : 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(calls === 1 ? {} : accepts ? { req_id: `${sent++}` } : known.answers[id]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return Object.assign(known, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

it.each([
  ['only asks to wait', (response: ServerResponse) => response.writeHead(503).end('{}')],
  ['does not answer', () => {}],
])('the ledger does not wait for ever for an API that %s', async (_, answer) => {
  const server = createServer((_, response) => void answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const ledger = new Ledger(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 100);
  await expect(ledger.send(photo)).rejects.toThrow('/requestPrediction/starter was not answered within 0.1 s.');
  expect(ledger.accepted).toBe(0);
});

it('the ledger counts how each request ended', async () => {
  const pending = { status: 'pending', preds: null, attempts: 0, error: null };
  const service = await api([
    done(truth),
    done(wrong),
    done(truth.slice(1)),
    done(truth.toReversed()),
    failed,
    pending,
  ]);
  const ledger = new Ledger(service.url);
  for (const _ of service.answers) await ledger.send(photo);
  await ledger.look();
  expect(ledger.open).toBe(1);
  service.answers[0] = done(wrong);
  await ledger.lookAgain();
  expect(ledger.counts()).toEqual({
    accepted: 6,
    done: 4,
    failed: 1,
    lost: 1,
    answeredTwice: 1,
    malformed: 2,
    falseClasses: 1,
    reasons: { bad_answer: 1 },
  });
});
