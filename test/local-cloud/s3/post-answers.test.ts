import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { describe, expect, test } from 'vitest';
import { bucket, runFront } from './running-front.ts';

const { url, s3, post } = await runFront();

describe('a POST that asks for another answer', () => {
  const ask = async (field: string, value: string) => {
    const { fields } = await createPresignedPost(s3, {
      Bucket: bucket,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the variable is S3's
      Key: 'uploads/${filename}',
      Fields: { [field]: value },
    });
    return post(fields);
  };

  test('201: with a document', async () => {
    const response = await ask('success_action_status', '201');
    expect(response.status).toBe(201);
    const location = `${url}/images/uploads%2Fcat.png`;
    expect(await response.text()).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${location}</Location><Bucket>images</Bucket>` +
        '<Key>uploads/cat.png</Key><ETag>"78805a221a988e79ef3f42d7c5bfd418"</ETag></PostResponse>',
    );
  });

  test('200, or one that there is not', async () => {
    expect((await ask('success_action_status', '200')).status).toBe(200);
    expect((await ask('success_action_status', '404')).status).toBe(204);
  });

  test('a redirect', async () => {
    const response = await ask('success_action_redirect', 'https://page.example/done?a=1');
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      'https://page.example/done?a=1&bucket=images&key=uploads%2Fcat.png&etag=%2278805a221a988e79ef3f42d7c5bfd418%22',
    ]);
    expect((await ask('success_action_redirect', '/done')).status).toBe(204);
  });
});
