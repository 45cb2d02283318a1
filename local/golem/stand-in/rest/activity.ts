import type { ServerResponse } from 'node:http';
import * as v from 'valibot';
import type { Batch } from '../../provider/batch.ts';
import { poll } from '../../provider/bell.ts';
import type { Clock } from '../../provider/clock.ts';
import type { Activities, Activity } from '../daemon/activities.ts';
import { type Handlers, json, param, read, waitOf } from './call.ts';

const NewActivity = v.object({ agreementId: v.string() });
const Script = v.object({ text: v.string() });

/** Between two comments that keep an event stream open. */
const PING_MS = 15_000;

export function activityCalls(
  activities: Activities,
  clock: Clock,
): Handlers<
  | 'createActivity'
  | 'destroyActivity'
  | 'getActivityAgreement'
  | 'getActivityState'
  | 'getActivityUsage'
  | 'exec'
  | 'getExecBatchResults'
> {
  return {
    async createActivity(call) {
      const { agreementId } = read(NewActivity, call.body);
      return json(200, { activityId: (await activities.create(agreementId, waitOf(call, clock))).id });
    },
    async destroyActivity(call) {
      await activities.destroy(param(call, 'activity'), waitOf(call, clock));
      return json(200, null);
    },
    getActivityAgreement: (call) => json(200, activities.get(param(call, 'activity')).agreement.id),
    async getActivityState(call) {
      return json(200, { state: await activities.state(param(call, 'activity'), waitOf(call, clock)) });
    },
    async getActivityUsage(call) {
      const currentUsage = await activities.usage(param(call, 'activity'), waitOf(call, clock));
      return json(200, { currentUsage, timestamp: Math.floor(clock.now() / 1000) });
    },
    async exec(call) {
      const { text } = read(Script, call.body);
      return json(200, await activities.exec(param(call, 'activity'), text, waitOf(call, clock)));
    },
    async getExecBatchResults(call) {
      const [id, batchId, wait] = [param(call, 'activity'), param(call, 'batch'), waitOf(call, clock)];
      if (!call.accept.includes('text/event-stream')) return json(200, await activities.results(id, batchId, wait));
      const batch = await activities.batch(id, batchId, wait);
      const reader = { clock, signal: call.signal };
      return { stream: (response) => void streamEvents(activities.get(id), batch, reader, response) };
    },
  };
}

/** Sends what happens in a batch until the reader leaves or the activity ends: the SDK takes an end of the stream for an error. */
async function streamEvents(
  { unit }: Activity,
  batch: Batch,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  for (let sent = 0; !signal.aborted; ) {
    const look = () => batch.events[sent] ?? (unit.terminated ? 'end' : undefined);
    const next = await poll(batch.bell, { clock, signal, timeoutMs: PING_MS }, look);
    if (next === 'end') break;
    if (next) response.write(`event: runtime\ndata: ${JSON.stringify(next)}\nid: ${sent++}\n\n`);
    else response.write(':ping\n\n');
  }
  response.end();
}
