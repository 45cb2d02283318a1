import { PlatformError } from './errors.ts';
import type { RequestRows } from './ports.ts';
import type { PredictionRequest } from './request.ts';

/** Each conflict means that another process took a step of its own; a request's whole life has fewer. */
const maxConflicts = 20;

/**
 * Applies one transition of request.ts to a stored request, atomically. `known` is the request as the caller last saw
 * it: one write when it is still so, otherwise the transition is applied to the request as it is now.
 * @returns the request after the step; undefined, with nothing changed, when the transition does not apply or the
 *   request was erased
 * @throws PlatformError when the store failed
 */
export async function takeStep<Next extends PredictionRequest>(
  rows: Pick<RequestRows, 'replace'>,
  known: PredictionRequest,
  transition: (request: PredictionRequest) => Next | undefined,
): Promise<Next | undefined> {
  let request = known;
  for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
    const next = transition(request);
    if (!next) return undefined;
    const after = { ...next, version: request.version + 1 };
    const stored = await rows.replace(request, after);
    if (stored === after) return after;
    if (!stored) return undefined;
    request = stored;
  }
  throw new PlatformError('contended_request', `The request changed ${maxConflicts} times during one step.`);
}
