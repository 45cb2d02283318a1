import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { LocalAws } from './credentials.ts';
import { type OnItem, startDynalite } from './dynalite.ts';
import { repairIndex } from './repair.ts';
import type { Service } from './service.ts';
import type { Template } from './template.ts';

const keySchema = v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) }));
const table = v.object({
  AttributeDefinitions: v.array(v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: v.exactOptional(
    v.array(
      v.object({
        IndexName: v.string(),
        KeySchema: keySchema,
        Projection: v.object({
          ProjectionType: v.picklist(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: v.exactOptional(v.array(v.string())),
        }),
      }),
    ),
  ),
});

type Table = v.InferOutput<typeof table>;

/** The template's tables, with their indexes, in a DynamoDB emulator that keeps them in `dataDir`. */
export async function startTables(
  template: Template,
  dataDir: string,
  aws: LocalAws,
  onItem?: OnItem,
): Promise<Service> {
  const service = await startDynalite(dataDir, aws, onItem);
  const client = new DynamoDBClient({ endpoint: service.url, ...aws });
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const tables = template.resources('AWS::DynamoDB::Table', table);
    for (const { ref, properties } of tables) {
      if (TableNames.includes(ref)) await repair(client, ref, properties);
      else await client.send(new CreateTableCommand({ TableName: ref, BillingMode: 'PAY_PER_REQUEST', ...properties }));
    }
    return service;
  } catch (error) {
    await service.close();
    throw error;
  } finally {
    client.destroy();
  }
}

async function repair(client: DynamoDBClient, name: string, { KeySchema, GlobalSecondaryIndexes = [] }: Table) {
  const [key, ...others] = names(KeySchema);
  for (const { IndexName, KeySchema, Projection } of GlobalSecondaryIndexes) {
    if (key === undefined || others.length > 0 || Projection.ProjectionType !== 'ALL') {
      throw new Error(`The local cloud keeps tables of one key, with indexes of all attributes. ${name} is another.`);
    }
    await repairIndex(client, name, key, { name: IndexName, attributes: names(KeySchema) });
  }
}

function names(schema: Table['KeySchema']): string[] {
  return schema.map(({ AttributeName }) => AttributeName);
}
