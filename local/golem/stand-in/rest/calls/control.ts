import { ApiError } from '../../daemon/errors.ts';
import type { StandIn } from '../../stand-in.ts';
import { json, type Route } from '../router.ts';

/** Calls that no yagna has: what the stand-in itself is doing. */
export function controlCalls(standIn: StandIn): Route[] {
  return [
    { name: 'getReport', method: 'GET', path: '/stand-in/report', handle: () => json(200, standIn.report()) },
    { name: 'getFaults', method: 'GET', path: '/stand-in/faults', handle: () => json(200, standIn.faults.counts()) },
    {
      name: 'setFaults',
      method: 'PUT',
      path: '/stand-in/faults',
      handle({ body }) {
        try {
          standIn.faults.set(body);
        } catch (error) {
          throw new ApiError(400, error instanceof Error ? error.message : String(error));
        }
        return json(200, standIn.faults.counts());
      },
    },
    {
      name: 'getProviders',
      method: 'GET',
      path: '/stand-in/providers',
      handle: () =>
        json(
          200,
          standIn.providers.map(({ id, name, agreementId, commandsRun }) => ({
            id,
            name,
            state: agreementId === null ? 'free' : 'busy',
            agreementId,
            commandsRun,
          })),
        ),
    },
  ];
}
