import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { namespace } from '../../aws/metrics.ts';
import { failedRunMetrics, runMetrics } from '../../requestor/metrics.ts';
import { walletMetrics } from '../../requestor/yagna/wallet.ts';
import { aSummary } from '../support/summary.ts';
import { templateWith } from './stacks.ts';

const template = await templateWith({});

test('every metric of ours that is drawn or watched is one that something prints', () => {
  const printed = new Set([
    ...runMetrics(aSummary({ chunks: 1 }), [{ model: 'starter', pending: 1, seconds: 1 }], 0).flatMap(metricNames),
    ...metricNames(failedRunMetrics(0)),
    ...Object.keys(walletMetrics({ glm: 1, gas: 1, unconfirmed: 0 })),
    // functions/http/request-log.ts
    ...['Accepted', 'Refused'],
  ]);
  const watched = namesIn(template);
  expect(watched.length).toBeGreaterThan(12);
  for (const name of watched) expect(printed).toContain(name);
});

test.each([
  ['OldestPending', 'GreaterThanThreshold', 1800],
  ['RunErrors', 'GreaterThanThreshold', 0],
  ['BudgetUsed', 'GreaterThanThreshold', 0],
  ['BillsRefused', 'GreaterThanThreshold', 10],
  ['WalletGlm', 'LessThanThreshold', 2],
  ['ApproximateNumberOfMessagesVisible', 'GreaterThanThreshold', 0],
  ['5xx', 'GreaterThanThreshold', 5],
  ['ApproximateAgeOfOldestMessage', 'GreaterThanThreshold', 300],
  ['NumberOfMessagesSent', 'GreaterThanThreshold', 5000],
  ['Count', 'GreaterThanThreshold', 5000],
])('%s raises an alarm when %s %d', (MetricName, ComparisonOperator, Threshold) => {
  const alarm = { MetricName, ComparisonOperator, Threshold, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' };
  template.hasResourceProperties('AWS::CloudWatch::Alarm', alarm);
});

test('so does more than a tenth of the requests failing', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Threshold: 10,
    Metrics: Match.arrayWith([Match.objectLike({ Expression: Match.stringLikeRegexp('100 \\* failed / \\(failed') })]),
  });
});

test.each([
  [10, 360, { Period: 26 * 60, EvaluationPeriods: 1 }],
  [60, 360, { Period: 3600, EvaluationPeriods: 3 }],
])(
  'so does silence, for twice the %d minutes between runs and a run’s %d s',
  async (scheduleMinutes, runSeconds, time) => {
    const template = await templateWith({ scheduleMinutes, runSeconds });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ MetricName: 'RunSeconds', Statistic: 'SampleCount', Threshold: 1, TreatMissingData: 'breaching' },
      ComparisonOperator: 'LessThanThreshold',
      ...time,
    });
  },
);

test('alarms are mailed to who is to be told, and to nobody else', async () => {
  template.resourceCountIs('AWS::SNS::Topic', 0);
  const mailed = await templateWith({ alarmEmail: 'ops@example.org' });
  mailed.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.org' });
  const [topic = ''] = Object.keys(mailed.findResources('AWS::SNS::Topic'));
  mailed.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: topic }] });
});

describe('what strangers can make the account pay for', () => {
  test('is watched: calls and posts within five minutes, and how long uploads wait', async () => {
    const busy = await templateWith({ requestsAlarm: 20_000 });
    const within = { Threshold: 20_000, Statistic: 'Sum', Period: 300 };
    busy.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ ...within, Namespace: 'AWS/ApiGateway', MetricName: 'Count' },
      Dimensions: [{ Name: 'ApiId', Value: Match.anyValue() }],
    });
    busy.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ ...within, Namespace: 'AWS/SQS', MetricName: 'NumberOfMessagesSent', Dimensions: ofUploads(busy) },
    });
    busy.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage', Statistic: 'Maximum', Period: 300 },
      Dimensions: ofUploads(busy),
    });
  });

  test('has a budget a month, where one is set, and its mail goes to who is told of alarms', async () => {
    template.resourceCountIs('AWS::Budgets::Budget', 0);
    const bounded = await templateWith({ monthlyBudgetUsd: 40, alarmEmail: 'ops@example.org' });
    const mailed = (Threshold: number, NotificationType: string) => ({
      Notification: { ComparisonOperator: 'GREATER_THAN', ThresholdType: 'PERCENTAGE', Threshold, NotificationType },
      Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'ops@example.org' }],
    });
    bounded.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 40, Unit: 'USD' } },
      NotificationsWithSubscribers: [mailed(80, 'ACTUAL'), mailed(100, 'ACTUAL'), mailed(100, 'FORECASTED')],
    });
  });

  function ofUploads(template: Template): object[] {
    const [queue] = Object.keys(template.findResources('AWS::SQS::Queue')).filter((id) => /UploadsQueue/.test(id));
    return [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }];
  }
});

describe('a flood of images', () => {
  const decoding = ['functions/accept-upload.ts', 'functions/request-prediction.ts'];
  const reserved = (template: Template) =>
    Object.values(template.findResources('AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties.ReservedConcurrentExecutions !== undefined)
      .map(({ Metadata, Properties }) => [Metadata['mlg:source'], Properties.ReservedConcurrentExecutions])
      .sort();

  test('takes from a small account what it has: none of its ten executions can be reserved', () => {
    expect(reserved(template)).toEqual([]);
  });

  test.each([
    [2, 2],
    [50, 5],
  ])(
    'with imageConcurrency %d takes that from each function that decodes, and nothing from others',
    async (n, polled) => {
      const bounded = await templateWith({ imageConcurrency: n });
      expect(reserved(bounded)).toEqual(decoding.map((source) => [source, n]));
      // A queue that wakes more functions than there may be puts good messages aside after five vain tries.
      bounded.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        ScalingConfig: { MaximumConcurrency: polled },
      });
    },
  );
});

function metricNames(line: string): string[] {
  return JSON.parse(line)._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name);
}

/** The names of our own metrics in alarms and on the dashboard. */
function namesIn(template: Template): string[] {
  const alarms = JSON.stringify(template.findResources('AWS::CloudWatch::Alarm'));
  const dashboard = JSON.stringify(template.findResources('AWS::CloudWatch::Dashboard')).replaceAll('\\', '');
  const ofAlarms = alarms.matchAll(new RegExp(`"MetricName":"(\\w+)","Namespace":"${namespace}"`, 'g'));
  const drawn = dashboard.matchAll(new RegExp(`\\["${namespace}","(\\w+)"`, 'g'));
  const searched = dashboard.matchAll(/MetricName="(\w+)"/g);
  return [...ofAlarms, ...drawn, ...searched].map(([, name = '']) => name);
}
