import * as v from 'valibot';
import type { Template } from './template.ts';

/** A queue as the template has it. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  /** As SQS takes them: all are text. */
  readonly attributes: Readonly<Record<string, string>>;
}

const number = v.exactOptional(v.number());
const properties = v.object({
  VisibilityTimeout: number,
  MessageRetentionPeriod: number,
  DelaySeconds: number,
  ReceiveMessageWaitTimeSeconds: number,
  RedrivePolicy: v.exactOptional(v.object({ deadLetterTargetArn: v.string(), maxReceiveCount: v.number() })),
});

/** The template's queues. */
export function queuesOf(template: Template): Queue[] {
  return template.resources('AWS::SQS::Queue', properties).map(({ ref, arn, properties }) => ({
    name: ref,
    arn,
    attributes: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [
        name,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]),
    ),
  }));
}
