import type { Clock } from '../../../provider/clock.ts';
import { ApiError } from '../../daemon/errors.ts';
import type { FeedQuery } from '../../daemon/feed.ts';
import { type Call, numberOf, waitOf } from '../router.ts';

/** What the three event feeds are asked with. */
export function feedQuery(call: Call, clock: Clock): FeedQuery {
  const after = call.query.get('afterTimestamp');
  if (after !== null && Number.isNaN(Date.parse(after)))
    throw new ApiError(400, `afterTimestamp must be a date, not ${after}`);
  return {
    ...waitOf(call, clock),
    after,
    appSessionId: call.query.get('appSessionId'),
    maxEvents: numberOf(call, 'maxEvents', { or: 100, from: 1, to: 1000 }),
  };
}
