import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, test } from 'vitest';
import { runFixture, temporaryDirectory } from './running-cloud.ts';

/** Of a cloud that has been started twice, so that LevelDB has tables as well as a log. */
const good = path.join(await temporaryDirectory(afterAll), 'good');
for (const id of ['a', 'b']) {
  const { endpoints, aws, close } = await runFixture({ dataDir: good }, afterAll);
  const [dynamo, s3] = [
    new DynamoDBClient({ endpoint: endpoints.dynamodb, ...aws }),
    new S3Client({ endpoint: endpoints.s3, ...aws }),
  ];
  await dynamo.send(new PutItemCommand({ TableName: 'Rows', Item: { id: { S: id }, text: { S: id.repeat(5000) } } }));
  await s3.send(new PutObjectCommand({ Bucket: 'images', Key: id, Body: id.repeat(5000) }));
  dynamo.destroy();
  s3.destroy();
  await close();
}

const overwritten = async (file: string) => writeFile(file, 'garbage!'.repeat(2000));
const halved = async (file: string) => {
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, bytes.length / 2));
};
const flipped = async (file: string) =>
  writeFile(
    file,
    (await readFile(file)).map((byte, i) => (i % 97 ? byte : ~byte)),
  );
const removed = (file: string) => rm(file);

test.each([
  ['tables', /\.ldb$/, [overwritten, halved, flipped, removed]],
  ['tables', /^MANIFEST-/, [overwritten, halved, flipped, removed]],
  ['tables', /^CURRENT$/, [overwritten, halved, flipped, removed]],
  ['buckets', /\.db$/, [overwritten, halved, flipped]],
  ['credentials.json', /^credentials\.json$/, [overwritten, halved, flipped]],
  ['lock', /^lock$/, [overwritten]],
])('damage in %s (%s) is named, with where it is and what to do, and what is done helps', async (at, name, ways) => {
  for (const damage of ways) {
    const dataDir = path.join(await temporaryDirectory(), 'cloud');
    await cp(good, dataDir, { recursive: true });
    const damaged = path.join(dataDir, at);
    const folder = path.extname(at) === '' && at !== 'lock' ? damaged : dataDir;
    const files = (await readdir(folder)).filter((file) => name.test(file));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) await damage(path.join(folder, file));

    const refusal: Error = await runFixture({ dataDir }).then(
      () => new Error('It has started.'),
      (error) => error,
    );
    expect([damage.name, refusal.message]).toEqual([
      damage.name,
      expect.stringContaining(`in ${damaged} cannot be read (`),
    ]);
    expect(refusal.message).toContain(`mv '${damaged}' '${damaged}.damaged'`);
    expect(refusal.message).not.toMatch(/LEVEL_|Iterator is not open|Database failed to open| at .*\.[jt]s:/);

    await rename(damaged, `${damaged}.damaged`);
    await (await runFixture({ dataDir })).close();
  }
});

test('tables without their first file are not taken for none: nothing of them is deleted', async () => {
  const dataDir = path.join(await temporaryDirectory(), 'cloud');
  await mkdir(dataDir);
  await cp(good, dataDir, { recursive: true });
  const before = (await readdir(path.join(dataDir, 'tables'))).filter((file) => file.endsWith('.ldb'));
  await rm(path.join(dataDir, 'tables', 'CURRENT'));
  await expect(runFixture({ dataDir })).rejects.toThrow('The tables in');
  expect(await readdir(path.join(dataDir, 'tables'))).toEqual(expect.arrayContaining(before));
});
