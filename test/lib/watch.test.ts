import { Match, type Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
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
