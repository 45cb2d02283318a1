/** `npm run keys -- make|revoke|list`: the API keys of a deployment whose setting `apiKeys` is on. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { apiKeys } from '../aws/dynamo-api-keys.ts';
import { type ApiKeys, newApiKey } from '../core/api-keys.ts';

const usage = `usage: npm run keys -- make <name> | revoke <id> | list   [--table <name>]
The table is the stack's output OperationsTable; OPERATIONS_TABLE in the environment does as well.
Region and credentials are those of the AWS command line.`;

type Print = (line: string) => void;

/** @returns the exit code: 0; 1 when there is no such key; 2 when the command is not one */
export async function runKeys(keys: ApiKeys, [command, argument]: readonly string[], print: Print): Promise<number> {
  if (command === 'list' && argument === undefined) return list(keys, print);
  if (command === 'make' && argument) return make(keys, argument, print);
  if (command === 'revoke' && argument) return revoke(keys, argument, print);
  print(usage);
  return 2;
}

async function make(keys: ApiKeys, name: string, print: Print): Promise<number> {
  const { written, key } = newApiKey(name, Date.now(), randomBytes);
  await keys.add(key);
  print(written);
  print(`This is the only time it is shown. Send it in the header x-api-key; revoke it by its id, ${key.id}.`);
  return 0;
}

async function revoke(keys: ApiKeys, id: string, print: Print): Promise<number> {
  const revoked = await keys.revoke(id, Date.now());
  print(revoked ? `${id} is revoked; API Gateway may remember it for a minute.` : `There is no valid key ${id}.`);
  return revoked ? 0 : 1;
}

async function list(keys: ApiKeys, print: Print): Promise<number> {
  for await (const { id, name, createdAt, revokedAt } of keys.all()) {
    const revoked = revokedAt === undefined ? '' : `, revoked ${day(revokedAt)}`;
    print(`${id}  made ${day(createdAt)}${revoked}  ${name}`);
  }
  return 0;
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

if (import.meta.main) {
  const options = { table: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const table = values.table ?? process.env.OPERATIONS_TABLE;
  if (!table) {
    console.error(usage);
    process.exit(2);
  }
  process.exitCode = await runKeys(apiKeys({ OPERATIONS_TABLE: table }), positionals, console.log);
}
