import { afterAll, beforeAll } from 'vitest';
import type { ModelId } from '../../../core/catalogue.ts';
import type { RequestRows } from '../../../core/ports.ts';
import { type Failure, newRequest, type Outcome, type PendingRequest } from '../../../core/request.ts';
import type { Backend } from '../../support/backends.ts';
import { newId } from '../../support/ids.ts';
import { stepsOn } from '../../support/steps.ts';

export const start = 1_790_000_000_000;
export const outcome: Outcome = {
  predictions: [['n02124075', 'Egyptian_cat', 0.75]],
  weights: 'official',
  provider: '0xp',
};
export const failure: Failure = { code: 'provider_failed', message: 'The provider went away.' };

/** Rows for all tests of a `describe`, and how requests come into them. */
export interface Given {
  readonly rows: RequestRows;
  readonly steps: ReturnType<typeof stepsOn>;
  /** A request that waits for a run. */
  add(model?: ModelId, at?: number): Promise<PendingRequest>;
  /** The id of a request that `owner` works on until `start + 10`; `attempts` counts this one, too. */
  running(owner?: string, attempts?: number): Promise<string>;
}

export function givenRows(backend: () => Promise<Backend<RequestRows>>): Given {
  let source: Backend<RequestRows>;
  let rows: RequestRows;
  beforeAll(async () => {
    source = await backend();
    rows = await source.open();
  }, 60_000);
  afterAll(() => source?.close());

  const add = async (model: ModelId = 'starter', at = start) => {
    const request = newRequest(newId(), model, at);
    await rows.add(request);
    return request;
  };
  const running = async (owner = 'run-a', attempts = 1) => {
    const { id } = await add();
    for (let attempt = 1; attempt < attempts; attempt++) {
      await stepsOn(rows).claim(id, { owner, until: start + 10 }, start);
      await stepsOn(rows).retry(id, owner, failure, start);
    }
    await stepsOn(rows).claim(id, { owner, until: start + 10 }, start);
    return id;
  };
  return {
    ...{ add, running },
    get rows() {
      return rows;
    },
    get steps() {
      return stepsOn(rows);
    },
  };
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const element of stream) all.push(element);
  return all;
}
