import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startGolem } from '../../local/golem/index.ts';
import { listeningPorts, rawRequest } from '../support/listening-ports.ts';
import { HandRequestor } from './hand-requestor.ts';
import { until } from './processes.ts';
import { golemFor } from './with-golem.ts';

const PATHS = ['/me', '/market-api/v1/agreementEvents', '/payment-api/v1/allocations/x', '/stand-in/report'];

describe('the key', () => {
  it('is asked for by every call but the version', async () => {
    const { url } = await golemFor();
    expect((await fetch(`${url}/version/get`)).status).toBe(200);
    for (const path of PATHS) {
      for (const headers of [{}, { Authorization: 'Bearer wrong' }, { Authorization: 'wrong' }]) {
        expect((await fetch(url + path, { headers })).status, path).toBe(401);
      }
    }
  });

  it('is asked for by the bus, which serves only what was published', async () => {
    const golem = await golemFor({ appKey: 'k' });
    const { servicesId } = await new HandRequestor(golem).get<{ servicesId: string }>('POST', '/gsb-api/v1/services', {
      listen: { on: '/public/gftp/1', components: ['GetMetadata'] },
    });
    const socket = (id: string, key: string) =>
      new Promise<string>((resolve) => {
        const url = `${golem.url.replace('http', 'ws')}/gsb-api/v1/services/${id}?authToken=${key}`;
        const client = new WebSocket(url, ['gsb+flexbuffers']);
        client.once('open', () => resolve(client.protocol));
        client.once('error', (error) => resolve(error.message));
      });
    expect(await socket(servicesId, 'wrong')).toContain('401');
    expect(await socket('unknown', 'k')).toContain('404');
    expect(await socket(servicesId, 'k')).toBe('gsb+flexbuffers');
    expect(await golem.report()).toMatchObject({ services: ['/public/gftp/1'], sockets: 1 });
  });
});

describe('a web page', () => {
  /** The stand-in's own port, and that of the daemon behind it. */
  const portsOf = async () => {
    const before = listeningPorts();
    const golem = await golemFor({ appKey: 'k' });
    const ports = listeningPorts().filter((port) => !before.includes(port));
    expect(ports).toHaveLength(2);
    return { golem, ports };
  };
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
  };
  const paths = [...PATHS, '/version/get', '/stand-in/faults', '/stand-in/providers'];

  it('gets nothing by a name that was made to lead here, nor under its own, though it knew the key', async () => {
    const { golem, ports } = await portsOf();
    const authorization = `Bearer ${golem.appKey}`;
    const foreign = [
      { host: 'evil.example' },
      { host: `evil.example:${ports[0]}` },
      { origin: 'https://evil.example' },
    ];
    for (const port of ports) {
      for (const headers of foreign) {
        for (const path of paths) {
          for (const method of ['GET', 'PUT', 'OPTIONS']) {
            const answer = await rawRequest(port, { authorization, ...headers }, { method, path });
            expect([path, method, answer.status]).toEqual([path, method, 403]);
            expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
          }
        }
        const socket = await rawRequest(
          port,
          { authorization, ...upgrade, ...headers },
          { path: '/gsb-api/v1/services/x' },
        );
        expect(socket.status).toBe(403);
      }
    }
  });

  it('by their own names, both ports serve who has the key', async () => {
    const { golem, ports } = await portsOf();
    for (const port of ports) {
      for (const host of ['127.0.0.1', `localhost:${port}`, '[::1]']) {
        const headers = { host, authorization: `Bearer ${golem.appKey}` };
        expect((await rawRequest(port, headers, { path: '/me' })).status).toBe(200);
      }
    }
  });
});

describe('a service on the bus', () => {
  it('loses its socket when it is deleted, when another takes over, and when it does not speak the language', async () => {
    const golem = await golemFor({ appKey: 'k' });
    const requestor = new HandRequestor(golem);
    const { servicesId } = await requestor.get<{ servicesId: string }>('POST', '/gsb-api/v1/services', {
      listen: { on: '/public/gftp/1', components: ['GetMetadata'] },
    });
    const connect = async () => {
      const socket = new WebSocket(`${golem.url.replace('http', 'ws')}/gsb-api/v1/services/${servicesId}?authToken=k`, [
        'gsb+flexbuffers',
      ]);
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      await new Promise((resolve) => socket.once('open', resolve));
      return { socket, closed };
    };
    const first = await connect();
    const second = await connect();
    expect(await first.closed).toBe(1008);
    second.socket.send('not flexbuffers');
    expect(await second.closed).toBe(1007);
    const third = await connect();
    await requestor.get('DELETE', `/gsb-api/v1/services/${servicesId}`);
    expect(await third.closed).toBe(1000);
    await until('no socket is left', async () => (await golem.report()).sockets === 0);
    expect((await requestor.call('DELETE', `/gsb-api/v1/services/${servicesId}`)).status).toBe(404);
  });
});

describe('a call', () => {
  it('that is wrong is refused in JSON', async () => {
    const golem = await golemFor();
    const requestor = new HandRequestor(golem);
    expect(await requestor.call('GET', '/nowhere')).toMatchObject({
      status: 404,
      json: { message: expect.stringContaining('/nowhere') },
    });
    expect((await requestor.call('POST', '/me')).status).toBe(405);
    expect(await requestor.call('POST', '/market-api/v1/demands', { properties: 1 })).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('properties') },
    });
    expect((await requestor.call('GET', '/market-api/v1/agreements/%ff')).status).toBe(400);
    expect((await requestor.call('GET', '/market-api/v1/agreementEvents?timeout=-1')).status).toBe(400);
    expect((await requestor.call('GET', '/market-api/v1/agreementEvents?afterTimestamp=soon')).status).toBe(400);
    const headers = { Authorization: `Bearer ${golem.appKey}` };
    const post = (body: string) => fetch(`${golem.url}/market-api/v1/demands`, { method: 'POST', headers, body });
    expect((await post('{')).status).toBe(400);
    expect((await post(' '.repeat(5 << 20))).status).toBe(413);
  });

  it('that waits for events is held until its time is up, and let go when the stand-in closes', async () => {
    const golem = await golemFor();
    const requestor = new HandRequestor(golem);
    const before = Date.now();
    expect(await requestor.get('GET', '/payment-api/v1/invoiceEvents?timeout=0.2')).toEqual([]);
    expect(Date.now() - before).toBeGreaterThanOrEqual(195);
    const waiting = requestor.call('GET', '/payment-api/v1/invoiceEvents?timeout=60').catch(() => 'let go');
    await requestor.get('GET', '/me');
    await golem.close();
    expect(await waiting).toBe('let go');
  });
});

describe('a target that is no URL', () => {
  it.each(['//', '//?authToken=k', '/\\', '*'])('%s is refused, and the next call is served', async (target) => {
    const { url } = await golemFor();
    const answers = await Promise.all(
      ['', 'Upgrade: websocket\r\nConnection: Upgrade\r\n'].map((more) => raw(url, target, more)),
    );
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 40[14] /);
    expect((await fetch(`${url}/version/get`)).status).toBe(200);
  });

  /** The answer to a request that fetch would not send. */
  function raw(url: string, target: string, headers: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname, () =>
        socket.write(`GET ${target} HTTP/1.1\r\nHost: ${hostname}\r\n${headers || 'Connection: close\r\n'}\r\n`),
      );
      let answer = '';
      socket.setEncoding('utf8').on('data', (text) => {
        answer += text;
      });
      socket.on('error', reject).on('close', () => resolve(answer));
    });
  }
});

describe('the providers', () => {
  it('can be looked at', async () => {
    const golem = await golemFor({ providers: 2 });
    const requestor = new HandRequestor(golem);
    const { agreement } = await requestor.ready();
    expect(await requestor.get('GET', '/stand-in/providers')).toMatchObject([
      { name: 'local-1', state: 'busy', agreementId: agreement, commandsRun: 2 },
      { name: 'local-2', state: 'free', agreementId: null, commandsRun: 0 },
    ]);
  });
});

describe('options', () => {
  it.each([
    [{ providers: 0 }, 'providers'],
    [{ providers: 1.5 }, 'providers'],
    [{ providers: [{ name: '../up' }] }, 'name'],
    [{ providers: [{ name: 'a' }, { name: 'a' }] }, 'names must differ'],
    [{ providers: [{ memGib: 0 }] }, 'memGib'],
    [{ providers: [{ start: -1 }] }, 'start'],
    [{ providers: 1, port: 70_000 }, 'port'],
    [{ providers: 1, appKey: '' }, 'appKey'],
    [{ providers: 1, images: [{ root: '/opt' }] }, 'hash or a URL'],
    [{ providers: 1, images: [{ hash: 'ab', root: 'relative' }] }, 'absolute'],
    [{ providers: 1, images: [{ hash: 'ab', root: '/nowhere' }] }, 'no bin folder'],
  ])('that are wrong are named: %j', async (options, message) => {
    await expect(startGolem(options)).rejects.toThrow(message);
  });

  it('name a port that is taken', async () => {
    const { url } = await golemFor();
    await expect(startGolem({ providers: 1, port: Number(new URL(url).port) })).rejects.toThrow('EADDRINUSE');
  });
});
