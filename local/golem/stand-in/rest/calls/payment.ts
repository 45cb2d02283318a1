import * as v from 'valibot';
import type { StandIn } from '../../stand-in.ts';
import { readBody } from '../body.ts';
import { empty, json, param, type Route } from '../router.ts';
import { feedQuery } from './feed-query.ts';

const NewAllocation = v.object({
  totalAmount: v.string(),
  paymentPlatform: v.string(),
  timeout: v.nullish(
    v.pipe(
      v.string(),
      v.check((text) => !Number.isNaN(Date.parse(text)), 'must be a date'),
    ),
  ),
});
const Acceptance = v.object({ totalAmountAccepted: v.string(), allocationId: v.string() });

const ROOT = '/payment-api/v1';

export function paymentCalls(standIn: StandIn): Route[] {
  return [...allocationCalls(standIn), ...debitNoteCalls(standIn), ...invoiceCalls(standIn)];
}

function allocationCalls({ allocations }: StandIn): Route[] {
  return [
    {
      name: 'createAllocation',
      method: 'POST',
      path: `${ROOT}/allocations`,
      handle: ({ body }) => json(201, allocations.create(readBody(NewAllocation, body))),
    },
    {
      name: 'getAllocation',
      method: 'GET',
      path: `${ROOT}/allocations/:allocation`,
      handle: (call) => json(200, allocations.get(param(call, 'allocation'))),
    },
    {
      name: 'releaseAllocation',
      method: 'DELETE',
      path: `${ROOT}/allocations/:allocation`,
      handle(call) {
        allocations.release(param(call, 'allocation'));
        return empty(200);
      },
    },
    {
      name: 'getDemandDecorations',
      method: 'GET',
      path: `${ROOT}/demandDecorations`,
      handle: ({ query }) =>
        json(200, allocations.decorations(query.getAll('allocationIds').flatMap((ids) => ids.split(',')))),
    },
  ];
}

function debitNoteCalls({ debitNotes, clock }: StandIn): Route[] {
  return [
    {
      name: 'collectDebitNoteEvents',
      method: 'GET',
      path: `${ROOT}/debitNoteEvents`,
      handle: async (call) => json(200, await debitNotes.feed.read(feedQuery(call, clock))),
    },
    {
      name: 'getDebitNote',
      method: 'GET',
      path: `${ROOT}/debitNotes/:note`,
      handle: (call) => json(200, debitNotes.get(param(call, 'note'))),
    },
    {
      name: 'acceptDebitNote',
      method: 'POST',
      path: `${ROOT}/debitNotes/:note/accept`,
      handle(call) {
        debitNotes.accept(param(call, 'note'), readBody(Acceptance, call.body));
        return empty(200);
      },
    },
  ];
}

function invoiceCalls({ invoices, debitNotes, clock }: StandIn): Route[] {
  return [
    {
      name: 'collectInvoiceEvents',
      method: 'GET',
      path: `${ROOT}/invoiceEvents`,
      handle: async (call) => json(200, await invoices.feed.read(feedQuery(call, clock))),
    },
    {
      name: 'listInvoices',
      method: 'GET',
      path: `${ROOT}/invoices`,
      handle: () => json(200, invoices.all()),
    },
    {
      name: 'getInvoice',
      method: 'GET',
      path: `${ROOT}/invoices/:invoice`,
      handle: (call) => json(200, invoices.get(param(call, 'invoice'))),
    },
    {
      name: 'acceptInvoice',
      method: 'POST',
      path: `${ROOT}/invoices/:invoice/accept`,
      handle(call) {
        const { invoiceId, agreementId } = invoices.get(param(call, 'invoice'));
        invoices.accept(invoiceId, readBody(Acceptance, call.body), debitNotes.acceptedFor(agreementId));
        return empty(200);
      },
    },
    {
      name: 'rejectInvoice',
      method: 'POST',
      path: `${ROOT}/invoices/:invoice/reject`,
      handle(call) {
        invoices.reject(param(call, 'invoice'));
        return empty(200);
      },
    },
  ];
}
