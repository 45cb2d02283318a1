import type { PendingRequest } from './request.ts';

/** Requests that are put in order at a time: as many as may wait for a model, by default (admission.ts). */
const windowSize = 5000;

/**
 * Lets senders take turns: everybody's first request comes before anybody's second, and so on; older ones first within
 * a turn. So a sender of thousands does not keep another's one waiting. Requests without a sender are one sender's.
 * Holds up to 5,000 requests, and among these the order holds.
 * @param requests oldest first
 */
export async function* inTurns(requests: AsyncIterable<PendingRequest>): AsyncGenerator<PendingRequest> {
  let window: PendingRequest[] = [];
  for await (const request of requests) {
    window.push(request);
    if (window.length === windowSize) {
      yield* ordered(window);
      window = [];
    }
  }
  yield* ordered(window);
}

function ordered(requests: readonly PendingRequest[]): PendingRequest[] {
  const turns = new Map<string | undefined, number>();
  const withTurn = requests.map((request) => {
    const turn = turns.get(request.sender) ?? 0;
    turns.set(request.sender, turn + 1);
    return { request, turn };
  });
  // Sorting is stable: within a turn the requests stay in the order of their age.
  return withTurn.sort((a, b) => a.turn - b.turn).map(({ request }) => request);
}
