import type { Clock } from '../provider/clock.ts';
import type { Agreement } from '../stand-in/daemon/agreements.ts';
import { ApiError } from '../stand-in/daemon/errors.ts';
import { type Answer, type Call, json, numberOf, type Route } from '../stand-in/rest/router.ts';
import type { StandIn } from '../stand-in/stand-in.ts';

/** Calls that the daemon hands on to the provider's end of an activity. */
const HANDED_ON = ['exec', 'getExecBatchResults', 'getActivityState', 'getActivityUsage', 'destroyActivity'];

/** The daemon waits for a provider a little longer than it was asked to. */
const MARGIN_MS = 1_000;

/**
 * The daemon's calls with the faults that strike at them.
 * @param suspend makes the daemon unreachable for so many ms
 */
export function faultyCalls(routes: readonly Route[], standIn: StandIn, suspend: (ms: number) => void): Route[] {
  return routes.map((route) => ({ ...route, handle: (call) => handle(route, call, standIn, suspend) }));
}

async function handle(route: Route, call: Call, standIn: StandIn, suspend: (ms: number) => void): Promise<Answer> {
  const { faults, clock } = standIn;
  const agreement = agreementOf(call, standIn);
  const provider = agreement?.provider ?? null;
  const strikes = (fault: Parameters<typeof faults.strikes>[0]) =>
    faults.strikes(fault, provider?.name ?? null, route.name);

  const gone = strikes('daemon-gone');
  if (gone) {
    suspend(gone.seconds * 1000);
    throw new ApiError(500, 'the daemon is gone');
  }
  const failing = strikes('call-fails');
  if (failing) throw new ApiError(failing.status, `a fault of the rules struck at ${route.name}`);
  if (provider?.silence && (HANDED_ON.includes(route.name) || route.name === 'createActivity')) {
    await unanswered(provider.silence, route, call, clock);
  }
  if (route.name === 'createActivity' && strikes('activity-refused')) throw new ApiError(408, 'Timeout');
  if (route.name === 'acceptInvoice') {
    const refused = strikes('accept-refused');
    if (refused) throw new ApiError(refused.status, 'Not enough funds. Allocated: 0 Needed: 1');
  }
  if (route.name === 'createAllocation' && strikes('insufficient-funds')) return insufficientFunds();
  const answer = await route.handle(call);
  const slow = strikes('call-slow');
  if (slow) await passed(slow.seconds * 1000, clock);
  return answer;
}

/** The agreement that a call is about, by any of the ids that calls carry. */
function agreementOf({ params, body }: Call, { activities, agreements, invoices }: StandIn): Agreement | undefined {
  const named = (body as { agreementId?: unknown } | undefined)?.agreementId;
  const { activity, agreement = typeof named === 'string' ? named : undefined, invoice } = params;
  try {
    if (activity !== undefined) return activities.get(activity).agreement;
    if (invoice !== undefined) return agreements.get(invoices.get(invoice).agreementId);
    return agreement === undefined ? undefined : agreements.get(agreement);
  } catch {
    // An unknown id is for the call itself to refuse.
    return undefined;
  }
}

/** What the daemon says for a provider that does not answer it. */
async function unanswered(silence: 'dead' | 'unreachable', { name }: Route, call: Call, clock: Clock): Promise<never> {
  if (silence === 'unreachable' || name === 'createActivity') {
    await passed(1000 * numberOf(call, 'timeout', { or: 5, from: 0, to: 120 }) + MARGIN_MS, clock);
    throw new ApiError(408, 'Timeout');
  }
  const endpoint = `/public/exeunit/${call.params.activity}`;
  throw new ApiError(
    500,
    `GSB error: Remote service at \`${endpoint}\` error: GSB failure: Bad request: endpoint address not found`,
  );
}

function insufficientFunds(): Answer {
  return {
    ...json(400, {
      type: '/payment/allocation/insufficient-funds',
      title: 'Not enough funds to make allocation',
      detail:
        'Insufficient funds to make allocation. Top up your account or release all existing allocations to unlock the funds.',
      instance: '/payment-api/v1/allocations',
      requestedFunds: '1',
      availableFunds: '0',
    }),
    type: 'application/problem+json',
  };
}

function passed(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
