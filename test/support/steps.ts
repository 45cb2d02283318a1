import type { RequestRows } from '../../core/ports.ts';
import * as life from '../../core/request.ts';
import { takeStep } from '../../core/steps.ts';

type Transition<Next> = (request: life.PredictionRequest) => Next | undefined;

/** The steps of request.ts on stored requests, by id: each reads the request, then takes the step. */
export function stepsOn(rows: Pick<RequestRows, 'get' | 'replace'>) {
  const step = async <Next extends life.PredictionRequest>(id: string, transition: Transition<Next>) => {
    const request = await rows.get(id);
    return request && takeStep(rows, request, transition);
  };
  return {
    claim: (id: string, lease: life.Lease, now: number) => step(id, (row) => life.claim(row, lease, now)),
    complete: (id: string, owner: string, outcome: life.Outcome, now: number) =>
      step(id, (row) => life.complete(row, owner, outcome, now)),
    fail: (id: string, owner: string, failure: life.Failure, now: number) =>
      step(id, (row) => life.fail(row, owner, failure, now)),
    retry: (id: string, owner: string, failure: life.Failure, now: number) =>
      step(id, (row) => life.retry(row, owner, failure, now)),
    release: (id: string, owner: string) => step(id, (row) => life.release(row, owner)),
    recover: (id: string, now: number) => step(id, (row) => life.recover(row, now)),
    erase: (id: string, now: number) => step(id, (row) => life.erase(row, now)),
    uploaded: (id: string, now: number) => step(id, (row) => life.uploaded(row, now)),
    failUpload: (id: string, failure: life.Failure, now: number) =>
      step(id, (row) => life.failUpload(row, failure, now)),
  };
}

export const outcomeOf = (request: life.PredictionRequest | undefined) =>
  request?.status === 'done' ? request.outcome : undefined;

export const failureOf = (request: life.PredictionRequest | undefined) =>
  request?.status === 'failed' ? request.failure : undefined;
