import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { checkAnswer, routeOf } from './contract.ts';

const run = promisify(execFile);

/** The JSON that curl gets from an address. The whole answer must be as the contract says. */
export async function curl(method: string, url: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run('curl', ['--silent', '--include', '--request', method, ...args, url]);
  const { status, headers, body } = parsed(stdout);
  checkAnswer({ method, route: routeOf(new URL(url).pathname), status, headers, body });
  return JSON.parse(body);
}

/** The last answer: `100 Continue` may come before it. */
function parsed(text: string): { status: number; headers: Record<string, string>; body: string } {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = text.slice(end + 4);
  if (status < 200) return parsed(rest);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status, headers: Object.fromEntries(headers), body: rest };
}
