import * as v from 'valibot';
import type { Template } from '../template.ts';
import { type CorsRule, corsRule } from './cors.ts';

/** A bucket as the template has it. */
export interface Bucket {
  readonly name: string;
  readonly arn: string;
  readonly cors: readonly CorsRule[];
  readonly notifications: readonly Notification[];
}

/** Which new objects are announced to a queue. */
export interface Notification {
  /** Such as `s3:ObjectCreated:*`. */
  readonly event: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly queueArn: string;
}

const rule = v.object({ Name: v.string(), Value: v.string() });
const properties = v.object({
  CorsConfiguration: v.optional(v.object({ CorsRules: v.array(corsRule) }), { CorsRules: [] }),
  NotificationConfiguration: v.optional(
    v.object({
      QueueConfigurations: v.optional(
        v.array(
          v.object({
            Event: v.string(),
            Queue: v.string(),
            Filter: v.optional(v.object({ S3Key: v.object({ Rules: v.array(rule) }) }), { S3Key: { Rules: [] } }),
          }),
        ),
        [],
      ),
    }),
    {},
  ),
});

/** The template's buckets. */
export function bucketsOf(template: Template): Bucket[] {
  return template.resources('AWS::S3::Bucket', properties).map(({ ref, arn, properties }) => ({
    name: ref,
    arn,
    cors: properties.CorsConfiguration.CorsRules,
    notifications: (properties.NotificationConfiguration.QueueConfigurations ?? []).map((configuration) => {
      const filter = (name: string) =>
        configuration.Filter.S3Key.Rules.find((rule) => rule.Name.toLowerCase() === name)?.Value ?? '';
      return {
        event: configuration.Event,
        queueArn: configuration.Queue,
        prefix: filter('prefix'),
        suffix: filter('suffix'),
      };
    }),
  }));
}
