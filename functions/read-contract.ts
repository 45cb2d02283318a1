import { readFileSync } from 'node:fs';
import { http, routeAtFirstCall } from './http/http.ts';
import type { HttpFunction, Log } from './http/types.ts';
import { routes } from './routes.ts';

/** Stands beside this file, in the repository and in Lambda. */
const contract = readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8');

/** `GET /openapi.yaml`: the contract of this API. */
export function readContract(log: Log): HttpFunction {
  return http(routes.readContract.methods, log, () => ({
    status: 200,
    body: contract,
    headers: { 'content-type': 'application/yaml', 'cache-control': 'public, max-age=300' },
  }));
}

export const handler = routeAtFirstCall(readContract);
