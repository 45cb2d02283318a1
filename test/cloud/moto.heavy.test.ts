import '../functions/environment.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentClient, s3Client } from '../../aws/clients.ts';
import { DynamoApiKeys } from '../../aws/dynamo-api-keys.ts';
import { DynamoIdempotencyKeys } from '../../aws/dynamo-idempotency-keys.ts';
import { DynamoRows } from '../../aws/dynamo-rows.ts';
import { DynamoRunHistory } from '../../aws/dynamo-run-history.ts';
import { DynamoRunLock } from '../../aws/dynamo-run-lock.ts';
import { S3Objects } from '../../aws/s3-objects.ts';
import { leaseMs } from '../../core/request.ts';
import { synthesize } from '../../local/cloud/synthesize.ts';
import { run } from '../../requestor/run.ts';
import { apiKeysContract } from '../contracts/api-keys.ts';
import { idempotencyKeysContract } from '../contracts/idempotency-keys.ts';
import { objectsContract } from '../contracts/objects.ts';
import { queuesContract } from '../contracts/queues.ts';
import { requestRowsContract } from '../contracts/request-rows.ts';
import { runHistoryContract } from '../contracts/run-history.ts';
import { runLockContract } from '../contracts/run-lock.ts';
import { installed, setUp } from '../functions/setup.ts';
import { historyOn, keysOn, objectsOn, onTable, rowsOn } from '../support/backends.ts';
import { filePart, form } from '../support/forms.ts';
import { send } from '../support/http.ts';
import { newId } from '../support/ids.ts';
import { imageFile } from '../support/image-files.ts';
import { type Moto, motoAccess, startMoto, startMotoDynamo, startMotoQueues, startMotoS3 } from '../support/moto.ts';
import { TestProviders } from '../support/providers.ts';
import { withPythonTool } from '../support/python.ts';
import { forMoto } from './moto-template.ts';

withPythonTool('moto_server', () => {
  requestRowsContract('moto', rowsOn(startMotoDynamo));
  idempotencyKeysContract('moto', keysOn(startMotoDynamo));
  runHistoryContract('moto', historyOn(startMotoDynamo));
  runLockContract('moto', onTable(startMotoDynamo, DynamoRunLock));
  apiKeysContract('moto', onTable(startMotoDynamo, DynamoApiKeys));
  objectsContract('moto', objectsOn(startMotoS3));
  queuesContract('moto', startMotoQueues);
  describe('the template, deployed into moto', templateSuite);
});

function templateSuite(): void {
  let moto: Moto;
  let made: readonly Made[];
  const template = synthesize({ apiKeys: true }).then(forMoto);

  beforeAll(async () => {
    moto = await startMoto();
    await cloudFormation(moto, 'CreateStack', { TemplateBody: JSON.stringify(await template) });
    made = await stackResources(moto);
  }, 120_000);
  afterAll(() => moto?.stop());

  it('is made whole', async () => {
    const answer = await cloudFormation(moto, 'DescribeStacks', {});
    expect(answer).toContain('<StackStatus>CREATE_COMPLETE</StackStatus>');
    const types = new Set(made.map(({ type }) => type));
    for (const type of ['DynamoDB::Table', 'S3::Bucket', 'SQS::Queue', 'Lambda::Function', 'IAM::Policy', 'EC2::VPC']) {
      expect(types).toContain(`AWS::${type}`);
    }
    expect(types).toContain('AWS::ECS::TaskDefinition');
    expect(types).toContain('AWS::Events::Rule');
  });

  it('holds a table and a bucket over which functions and requestor do the main job', async () => {
    const name = (type: string) => made.find((resource) => resource.type === type)?.name ?? '';
    const dynamo = documentClient({ endpoint: moto.url, ...motoAccess });
    const s3 = s3Client({ endpoint: moto.url, ...motoAccess });
    const table = name('AWS::DynamoDB::Table');
    const rows = new DynamoRows(dynamo, table);
    const objects = new S3Objects(s3, name('AWS::S3::Bucket'));
    const history = new DynamoRunHistory(dynamo, table);
    const idempotency = new DynamoIdempotencyKeys(dynamo, table);
    const { fn } = setUp({ rows, objects, idempotency, clock: Date.now, newId });

    const ids: string[] = [];
    for (const photo of ['colour-444.jpg', 'colour.png', 'palette.gif']) {
      const upload = form('boundary', [filePart(imageFile(photo))]);
      const { status, json } = await send(fn, { parameters: { model: 'starter' }, ...upload });
      expect(status).toBe(202);
      ids.push(json.req_id);
    }
    const services = { rows, objects, history, providers: new TestProviders(), clock: Date.now, installed };
    const signal = AbortSignal.timeout(60_000);
    const summary = await run(services, {
      owner: 'a run',
      providersPerFamily: 2,
      period: 600_000,
      lease: leaseMs,
      signal,
    });
    expect(summary).toMatchObject({ claimed: 3, done: 3, failed: 0, errors: [] });

    for (const id of ids) expect(await rows.get(id)).toMatchObject({ status: 'done', attempts: 1 });
    dynamo.destroy();
    s3.destroy();
  });
}

interface Made {
  readonly type: string;
  readonly name: string;
}

async function stackResources(moto: Moto): Promise<Made[]> {
  const xml = await cloudFormation(moto, 'DescribeStackResources', {});
  const members = xml.split('<member>').slice(1);
  const text = (member: string, tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(member)?.[1] ?? '';
  return members.map((member) => ({ type: text(member, 'ResourceType'), name: text(member, 'PhysicalResourceId') }));
}

/** By CloudFormation's query protocol; moto reads from the signature which service is meant, and does not check it. */
async function cloudFormation({ url }: Moto, action: string, parameters: Record<string, string>): Promise<string> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0';
  const body = new URLSearchParams({ Action: action, Version: '2010-05-15', StackName: 'mlg', ...parameters });
  const response = await fetch(url, { method: 'POST', headers: { authorization }, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${action}: ${response.status} ${text.slice(0, 500)}`);
  return text;
}
