import { setTimeout as pause } from 'node:timers/promises';
import type { FaultRule, GolemOptions } from '../../local/golem/index.ts';
import { HandRequestor } from './hand-requestor.ts';
import { golemAtRest, golemFor } from './with-golem.ts';

export const MARKET = '/market-api/v1';
export const PAYMENT = '/payment-api/v1';
export const ACTIVITY = '/activity-api/v1/activity';

export async function requestorWith(faults: readonly FaultRule[], options: Partial<GolemOptions> = {}) {
  const golem = await golemFor({ faults, ...options });
  return { golem, requestor: new HandRequestor(golem) };
}

export async function atRestWith(faults: readonly FaultRule[]) {
  return golemAtRest({ faults, providers: [{ debitNoteIntervalSec: 10_000 }] });
}

/** Lets time pass until what waits for it is over. */
export async function whileTimePasses<T>(clock: { pass(ms: number): void }, waiting: Promise<T>): Promise<T> {
  let over = false;
  const done = waiting.finally(() => {
    over = true;
  });
  while (!over) {
    await pause(5);
    clock.pass(500);
  }
  return done;
}
