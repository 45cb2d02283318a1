import * as v from 'valibot';

/** S3 sends this once, when notifications are set up. */
const testEvent = v.object({ Event: v.literal('s3:TestEvent') });

const events = v.object({
  Records: v.array(
    v.object({
      eventSource: v.literal('aws:s3'),
      eventName: v.string(),
      s3: v.object({ object: v.object({ key: v.string() }) }),
    }),
  ),
});

/**
 * The keys of the objects that were created, by a message from S3 in a queue.
 * @param body the message's, JSON
 * @throws Error when it is not a message from S3
 */
export function uploadedKeys(body: string): string[] {
  const message = v.parse(v.union([testEvent, events]), JSON.parse(body));
  if (!('Records' in message)) return [];
  const created = message.Records.filter(({ eventName }) => eventName.startsWith('ObjectCreated:'));
  return created.map(({ s3 }) => decodeKey(s3.object.key));
}

/** Keys come as in a form: percent-encoded, `+` for a space. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
