import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Environment, readVariables } from '../aws/settings.ts';
import { uploadOrigin } from '../aws/upload-origin.ts';
import { imageDays } from '../core/retention.ts';
import { header } from './http/header.ts';
import { http, routeAtFirstCall } from './http/http.ts';
import type { HttpFunction, Log } from './http/types.ts';
import { routes } from './routes.ts';

/** What web/build.ts leaves beside this file, in the repository and in Lambda. */
export interface Page {
  readonly html: string;
  /** Source expressions of its script and its style, for the Content-Security-Policy. */
  readonly script: string;
  readonly style: string;
}

/** What the page must know of the deployment that serves it. */
export interface Deployment {
  /** The web origin to which browsers post images. */
  readonly uploads: string;
  /** Results are kept so long. */
  readonly resultDays: number;
}

/** `GET /`: the page, which may run its own script and reach the API and the uploads, and nothing else. */
export function readPage({ html: built, script, style }: Page, deployment: Deployment, log: Log): HttpFunction {
  const { uploads, resultDays } = deployment;
  const html = built.replace('{imageDays}', days(imageDays(resultDays))).replace('{resultDays}', days(resultDays));
  const zipped = gzipSync(html, { level: 9 });
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': [
      `default-src 'none'; script-src ${script}; style-src ${style}; img-src blob: data:; connect-src 'self' ${uploads}`,
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ].join('; '),
    vary: 'accept-encoding',
  };
  return http(routes.readPage.methods, log, (event) => {
    const takesGzip = /\bgzip\b/.test(header(event, 'accept-encoding') ?? '');
    if (!takesGzip) return { status: 200, body: html, headers };
    return { status: 200, body: zipped, headers: { ...headers, 'content-encoding': 'gzip' } };
  });
}

const days = (count: number) => (count === 1 ? '1 day' : `${count} days`);

function settings(env: Environment): readonly [Page, Deployment] {
  const page = JSON.parse(readFileSync(new URL('page.json', import.meta.url), 'utf8')) as Page;
  const { bucket, resultDays } = readVariables(env, routes.readPage.environment);
  return [page, { uploads: uploadOrigin(env, bucket), resultDays }];
}

export const handler = routeAtFirstCall((log) => readPage(...settings(process.env), log));
