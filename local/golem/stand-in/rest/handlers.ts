// The daemon's calls over HTTP and WebSocket: which service answers each, and with which status.
import type { CallName } from '../../calls.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { activityCalls } from './activity.ts';
import type { Handlers } from './call.ts';
import { gsbCalls } from './gsb.ts';
import { identityCalls } from './identity.ts';
import { agreementCalls, demandCalls } from './market.ts';
import { allocationCalls, debitNoteCalls, invoiceCalls } from './payment.ts';

/** What answers each call of the daemon. */
export function handlersOf(daemon: Daemon): Handlers<CallName> {
  const { clock, requestorId, market, agreements, activities, allocations, debitNotes, invoices, gsb } = daemon;
  return {
    ...identityCalls(requestorId),
    ...demandCalls(market, clock),
    ...agreementCalls(agreements, clock),
    ...activityCalls(activities, clock),
    ...allocationCalls(allocations),
    ...debitNoteCalls(debitNotes, clock),
    ...invoiceCalls(invoices, debitNotes, clock),
    ...gsbCalls(gsb),
  };
}
