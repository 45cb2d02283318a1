import { documentClient, s3Client } from '../../aws/clients.ts';
import { type Moto, motoAccess, startMoto } from '../support/moto.ts';
import { forMoto } from './moto-template.ts';

/** A resource that moto's CloudFormation has made. */
interface Made {
  readonly type: string;
  readonly logicalId: string;
  readonly name: string;
}

/** A stack in moto, as far as moto goes. */
export class MotoStack {
  readonly url: string;
  readonly dynamo: ReturnType<typeof documentClient>;
  readonly s3: ReturnType<typeof s3Client>;
  readonly #moto: Moto;
  readonly #made: readonly Made[];

  private constructor(moto: Moto, made: readonly Made[]) {
    this.url = moto.url;
    this.dynamo = documentClient({ endpoint: moto.url, ...motoAccess });
    this.s3 = s3Client({ endpoint: moto.url, ...motoAccess });
    this.#moto = moto;
    this.#made = made;
  }

  static async deploy(template: unknown): Promise<MotoStack> {
    const moto = await startMoto();
    try {
      await cloudFormation(moto, 'CreateStack', { TemplateBody: JSON.stringify(forMoto(template)) });
      return new MotoStack(moto, await stackResources(moto));
    } catch (error) {
      await moto.stop();
      throw error;
    }
  }

  async status(): Promise<string> {
    const answer = await cloudFormation(this.#moto, 'DescribeStacks', {});
    return textOf(answer, 'StackStatus');
  }

  get types(): ReadonlySet<string> {
    return new Set(this.#made.map(({ type }) => type));
  }

  /** What the only resource of a type, or the one whose logical id begins so, is called in moto. */
  name(type: string, logicalId = ''): string {
    const found = this.#made.filter((made) => made.type === type && made.logicalId.startsWith(logicalId));
    if (found.length !== 1) throw new Error(`The stack has ${found.length} of ${type} ${logicalId}.`);
    return found[0]?.name ?? '';
  }

  async stop(): Promise<void> {
    this.dynamo.destroy();
    this.s3.destroy();
    await this.#moto.stop();
  }
}

async function stackResources(moto: Moto): Promise<Made[]> {
  const xml = await cloudFormation(moto, 'DescribeStackResources', {});
  const members = xml.split('<member>').slice(1);
  return members.map((member) => ({
    type: textOf(member, 'ResourceType'),
    logicalId: textOf(member, 'LogicalResourceId'),
    name: textOf(member, 'PhysicalResourceId'),
  }));
}

function textOf(xml: string, tag: string): string {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? '';
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
