import * as v from 'valibot';
import type { Clock } from '../../provider/clock.ts';
import type { Allocations } from '../daemon/allocations.ts';
import type { DebitNotes } from '../daemon/debit-notes.ts';
import type { Invoices } from '../daemon/invoices.ts';
import { DateText, empty, feedQuery, type Handlers, json, listQuery, param, read } from './call.ts';

const NewAllocation = v.object({
  totalAmount: v.string(),
  paymentPlatform: v.string(),
  timeout: v.nullish(DateText),
});
const Acceptance = v.object({ totalAmountAccepted: v.string(), allocationId: v.string() });

export function allocationCalls(
  allocations: Allocations,
): Handlers<'createAllocation' | 'listAllocations' | 'getAllocation' | 'releaseAllocation' | 'getDemandDecorations'> {
  return {
    createAllocation: ({ body }) => json(201, allocations.create(read(NewAllocation, body))),
    listAllocations: () => json(200, allocations.all()),
    getAllocation: (call) => json(200, allocations.get(param(call, 'allocation'))),
    releaseAllocation(call) {
      allocations.release(param(call, 'allocation'));
      return empty(200);
    },
    getDemandDecorations: ({ query }) =>
      json(200, allocations.decorations(query.getAll('allocationIds').flatMap((ids) => ids.split(',')))),
  };
}

export function debitNoteCalls(
  debitNotes: DebitNotes,
  clock: Clock,
): Handlers<'collectDebitNoteEvents' | 'listDebitNotes' | 'getDebitNote' | 'acceptDebitNote'> {
  return {
    collectDebitNoteEvents: async (call) => json(200, await debitNotes.feed.read(feedQuery(call, clock))),
    listDebitNotes: (call) => json(200, debitNotes.list(listQuery(call))),
    getDebitNote: (call) => json(200, debitNotes.get(param(call, 'debitNote'))),
    acceptDebitNote(call) {
      debitNotes.accept(param(call, 'debitNote'), read(Acceptance, call.body));
      return empty(200);
    },
  };
}

export function invoiceCalls(
  invoices: Invoices,
  debitNotes: DebitNotes,
  clock: Clock,
): Handlers<'collectInvoiceEvents' | 'listInvoices' | 'getInvoice' | 'acceptInvoice' | 'rejectInvoice'> {
  return {
    collectInvoiceEvents: async (call) => json(200, await invoices.feed.read(feedQuery(call, clock))),
    listInvoices: (call) => json(200, invoices.list(listQuery(call))),
    getInvoice: (call) => json(200, invoices.get(param(call, 'invoice'))),
    acceptInvoice(call) {
      const { invoiceId, agreementId } = invoices.get(param(call, 'invoice'));
      invoices.accept(invoiceId, read(Acceptance, call.body), debitNotes.acceptedFor(agreementId));
      return empty(200);
    },
    rejectInvoice(call) {
      invoices.reject(param(call, 'invoice'));
      return empty(200);
    },
  };
}
