import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../core/catalogue.ts';
import { listModels } from '../../functions/list-models.ts';
import { notFound } from '../../functions/not-found.ts';
import { readContract } from '../../functions/read-contract.ts';
import { contract, contractFile, methodsOf } from '../support/contract.ts';
import { MemoryLog, send } from '../support/http.ts';
import { installed } from './setup.ts';

describe('GET /models', () => {
  const fn = listModels(installed, new MemoryLog());
  const route = '/models';

  it('lists every network of the catalogue, and may be kept for a minute', async () => {
    const response = await send(fn, { method: 'GET', route });
    expect(response).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=60' } });
    expect(response.json.models.map(({ id }: { id: string }) => id)).toEqual(catalogue.map(({ id }) => id));
  });

  it('tells which are installed, and how to install the others', async () => {
    const { json } = await send(fn, { method: 'GET', route });
    const byId = Object.fromEntries(json.models.map((model: { id: string }) => [model.id, model]));
    expect(byId.resnet50).toEqual({
      ...{ id: 'resnet50', name: 'ResNet50', family: 'resnet', input_size: 224, parameters: 25_636_712 },
      ...{ top1: 74.928, top5: 92.06, available: true, weights: 'synthetic' },
    });
    expect(byId.nasnet_large).toMatchObject({
      ...{ input_size: 331, available: false, install: 'npm run zoo -- pull nasnet_large' },
    });
    expect(byId.nasnet_large).not.toHaveProperty('weights');
  });

  it('refuses other methods', async () => {
    expect(await send(fn, { method: 'POST', route })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});

describe('GET /openapi.yaml', () => {
  const fn = readContract(new MemoryLog());
  const route = '/openapi.yaml';

  it('is the contract, against which the tests hold every answer', async () => {
    const response = await send(fn, { method: 'GET', route });
    expect(response).toMatchObject({ status: 200, headers: { 'content-type': 'application/yaml' } });
    expect(response.text).toBe(readFileSync(contractFile, 'utf8'));
  });

  it('refuses other methods', async () => {
    expect(await send(fn, { method: 'POST', route })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});

describe('any other address', () => {
  const listed = Object.entries(contract.paths).map(([route, item]) => {
    const methods = methodsOf(item).filter((method) => method !== 'HEAD');
    return `${methods.join(' or ')} ${route}`;
  });

  it.each(['GET', 'POST', 'OPTIONS', 'PATCH'])('%s is 404, and tells the routes', async (method) => {
    const response = await send(notFound(new MemoryLog()), { method, route: '/elsewhere' });
    expect(response.status).toBe(404);
    expect(response.json).toEqual({
      success: false,
      reason: `There is nothing at this address. The routes are: ${listed.join(', ')}.`,
    });
  });
});
