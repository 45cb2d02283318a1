import type { ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { Batch } from '../../../provider/batch.ts';
import { poll } from '../../../provider/bell.ts';
import type { Clock } from '../../../provider/clock.ts';
import type { Activity } from '../../daemon/activities.ts';
import type { StandIn } from '../../stand-in.ts';
import { readBody } from '../body.ts';
import { json, param, type Route, waitOf } from '../router.ts';

const NewActivity = v.object({ agreementId: v.string() });
const Script = v.object({ text: v.string() });

const ROOT = '/activity-api/v1/activity';

/** Between two comments that keep an event stream open. */
const PING_MS = 15_000;

export function activityCalls(standIn: StandIn): Route[] {
  const { activities, clock } = standIn;
  return [
    {
      name: 'createActivity',
      method: 'POST',
      path: ROOT,
      handle: ({ body }) => json(200, { activityId: standIn.createActivity(readBody(NewActivity, body).agreementId) }),
    },
    {
      name: 'destroyActivity',
      method: 'DELETE',
      path: `${ROOT}/:activity`,
      async handle(call) {
        await standIn.destroyActivity(param(call, 'activity'));
        return json(200, null);
      },
    },
    {
      name: 'getActivityAgreement',
      method: 'GET',
      path: `${ROOT}/:activity/agreement`,
      handle: (call) => json(200, activities.get(param(call, 'activity')).agreement.id),
    },
    {
      name: 'getActivityState',
      method: 'GET',
      path: `${ROOT}/:activity/state`,
      handle: (call) => json(200, { state: [activities.get(param(call, 'activity')).state, null] }),
    },
    {
      name: 'getActivityUsage',
      method: 'GET',
      path: `${ROOT}/:activity/usage`,
      handle(call) {
        const currentUsage = activities.get(param(call, 'activity')).usage();
        return json(200, { currentUsage, timestamp: Math.floor(clock.now() / 1000) });
      },
    },
    {
      name: 'exec',
      method: 'POST',
      path: `${ROOT}/:activity/exec`,
      handle: (call) => json(200, activities.get(param(call, 'activity')).exec(readBody(Script, call.body).text)),
    },
    {
      name: 'getExecBatchResults',
      method: 'GET',
      path: `${ROOT}/:activity/exec/:batch`,
      async handle(call) {
        const activity = activities.get(param(call, 'activity'));
        const batch = activity.batch(param(call, 'batch'));
        if (call.accept.includes('text/event-stream')) {
          return { stream: (response) => void streamEvents(activity, batch, { clock, signal: call.signal }, response) };
        }
        await poll(
          batch.bell,
          waitOf(call, clock),
          () => batch.finished || activity.state === 'Terminated' || undefined,
        );
        return json(200, activity.batch(batch.id).results);
      },
    },
  ];
}

/** Sends what happens in a batch until the reader leaves or the activity ends: the SDK takes an end of the stream for an error. */
async function streamEvents(
  activity: Activity,
  batch: Batch,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  for (let sent = 0; !signal.aborted; ) {
    const look = () => batch.events[sent] ?? (activity.state === 'Terminated' ? 'end' : undefined);
    const next = await poll(batch.bell, { clock, signal, timeoutMs: PING_MS }, look);
    if (next === 'end') break;
    if (next) response.write(`event: runtime\ndata: ${JSON.stringify(next)}\nid: ${sent++}\n\n`);
    else response.write(':ping\n\n');
  }
  response.end();
}
