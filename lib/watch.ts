import { CfnOutput, Duration } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { namespace } from '../aws/metrics.ts';
import { acknowledge } from './acknowledge.ts';
import type { MlgSettings } from './settings.ts';

export interface WatchProps {
  readonly apiId: string;
  /** Of what was uploaded and is to be taken in. */
  readonly uploads: Queue;
  /** Queues in which nothing should ever lie. */
  readonly deadLetters: readonly Queue[];
  readonly settings: Pick<
    MlgSettings,
    'alarmEmail' | 'scheduleMinutes' | 'runSeconds' | 'walletLowGlm' | 'requestsAlarm' | 'monthlyBudgetUsd'
  >;
}

const fiveMinutes = Duration.minutes(5);
const hour = Duration.hours(1);
/** s; a request waits 15 minutes for its upload to be taken in, and a message that failed comes again after three. */
const oldUpload = 300;

/** Alarms and a dashboard over what functions, runs and the daemon print as metrics. docs/operate.md says what to do. */
export class Watch extends Construct {
  readonly #settings: WatchProps['settings'];
  readonly #action: IAlarmAction | undefined;

  constructor(scope: Construct, id: string, { apiId, uploads, deadLetters, settings }: WatchProps) {
    super(scope, id);
    this.#settings = settings;
    this.#action = settings.alarmEmail ? this.#mailTo(settings.alarmEmail) : undefined;
    this.#watchRuns();
    this.#watchSpending();
    const inQueues = deadLetters.map((queue) =>
      queue.metricApproximateNumberOfMessagesVisible({ period: fiveMinutes }),
    );
    for (const [index, metric] of inQueues.entries()) {
      this.#alarm(`DeadLetters${index || ''}`, 'Uploads could not be taken in', metric, 0);
    }
    const serverErrors = this.#ofApi('5xx', apiId);
    this.#alarm('ServerErrors', 'The API answers with 5xx', serverErrors, 5);
    this.#draw(apiId, inQueues, this.#watchDemand(apiId, uploads));
  }

  #watchRuns(): void {
    const { scheduleMinutes, runSeconds } = this.#settings;
    this.#alarm(
      'OldestPending',
      'A request has waited for more than 30 minutes',
      ours('OldestPending', 'Maximum'),
      30 * 60,
    );
    this.#alarm('RunFailed', 'A run could not do its work', ours('RunErrors', 'Sum'), 0);
    // Two runs should have ended in this time: one may have stepped aside.
    const silence = 2 * scheduleMinutes + Math.ceil(runSeconds / 60);
    // CloudWatch looks back over longer times in whole hours.
    const [period, evaluationPeriods] =
      silence <= 60 ? [Duration.minutes(silence), 1] : [hour, Math.ceil(silence / 60)];
    this.#alarm('NoRun', 'No run has ended for a while', ours('RunSeconds', 'SampleCount', period), 1, {
      evaluationPeriods,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
    const failedShare = new MathExpression({
      label: 'Failed, % of requests that ended',
      expression: 'IF(failed + done >= 10, 100 * failed / (failed + done), 0)',
      usingMetrics: { failed: ours('Failed', 'Sum', hour), done: ours('Done', 'Sum', hour) },
      period: hour,
    });
    this.#alarm('FailedShare', 'More than a tenth of the requests fail', failedShare, 10);
  }

  #watchSpending(): void {
    this.#alarm('BudgetUsed', 'A run has used up its budget; the rest waits', ours('BudgetUsed', 'Maximum'), 0);
    this.#alarm('BillsRefused', 'Providers ask for more than was agreed on', ours('BillsRefused', 'Sum', hour), 10);
    this.#alarm('WalletLow', 'The wallet needs GLM', ours('WalletGlm', 'Minimum', hour), this.#settings.walletLowGlm, {
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    });
  }

  /** Watches what strangers can make the account pay for. */
  #watchDemand(apiId: string, uploads: Queue): Demand {
    const { requestsAlarm, monthlyBudgetUsd, alarmEmail } = this.#settings;
    const age = uploads.metricApproximateAgeOfOldestMessage({ period: fiveMinutes, statistic: 'Maximum' });
    const posts = uploads.metricNumberOfMessagesSent({ period: fiveMinutes, statistic: 'Sum' });
    this.#alarm('UploadsWait', 'Uploads have waited for more than five minutes to be taken in', age, oldUpload);
    this.#alarm('ManyUploads', 'Many files are posted to the bucket', posts, requestsAlarm);
    this.#alarm('ManyRequests', 'The API gets many calls', this.#ofApi('Count', apiId), requestsAlarm);
    if (monthlyBudgetUsd !== undefined && alarmEmail !== undefined) this.#budget(monthlyBudgetUsd, alarmEmail);
    return { age, posts };
  }

  /** Of the whole account: a budget of the stack's costs alone needs tags that somebody has activated for billing. */
  #budget(amount: number, address: string): void {
    const above = (threshold: number, notificationType: 'ACTUAL' | 'FORECASTED') => ({
      notification: { comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE', threshold, notificationType },
      subscribers: [{ subscriptionType: 'EMAIL', address }],
    });
    new CfnBudget(this, 'Budget', {
      budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount, unit: 'USD' } },
      notificationsWithSubscribers: [above(80, 'ACTUAL'), above(100, 'ACTUAL'), above(100, 'FORECASTED')],
    });
  }

  #alarm(id: string, description: string, metric: IMetric, threshold: number, more: Partial<AlarmOptions> = {}): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${description}. See docs/operate.md.`,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...more,
    });
    if (this.#action) alarm.addAlarmAction(this.#action);
  }

  #mailTo(address: string): IAlarmAction {
    const topic = new Topic(this, 'Alarms', { displayName: 'mlg', enforceSSL: true });
    topic.addSubscription(new EmailSubscription(address));
    acknowledge(topic, { 'AwsSolutions-SNS2': 'It carries the names of alarms, by e-mail.' });
    return new SnsAction(topic as ITopic);
  }

  #ofApi(metricName: string, apiId: string): Metric {
    const dimensionsMap = { ApiId: apiId };
    return new Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap,
      statistic: 'Sum',
      period: fiveMinutes,
    });
  }

  #draw(apiId: string, deadLetters: readonly IMetric[], { age, posts }: Demand): void {
    const by = (dimension: string, metric: string, statistic: string) =>
      new MathExpression({
        label: '',
        expression: `SEARCH('{${namespace},${dimension}} MetricName="${metric}"', '${statistic}', 300)`,
        usingMetrics: {},
      });
    const graph = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8, height: 6 });
    const dashboard = new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          graph('Accepted, by model', by('model', 'Accepted', 'Sum')),
          graph('Refused, by reason', by('reason', 'Refused', 'Sum')),
          graph('API', ...['Count', '4xx', '5xx'].map((name) => this.#ofApi(name, apiId))),
        ],
        [
          graph('Pending, by model', by('model', 'Pending', 'Maximum')),
          graph('Oldest pending, s', by('model', 'PendingAge', 'Maximum'), ours('OldestPending', 'Maximum')),
          graph('Ended', ours('Done', 'Sum'), ours('Failed', 'Sum'), ours('AttemptsThatFailed', 'Sum')),
        ],
        [
          graph('Runs, s', ours('RunSeconds', 'Maximum')),
          graph('Chunks, and how full they are (%)', ours('Chunks', 'Sum'), ours('ChunkFill', 'Average')),
          graph('Wrong', ours('RunErrors', 'Sum'), ...deadLetters),
        ],
        [
          graph('Spent, GLM; bills refused', ours('GlmSpent', 'Sum'), ours('BillsRefused', 'Sum')),
          graph('Wallet', ours('WalletGlm', 'Minimum'), ours('WalletGas', 'Minimum')),
          graph('Budget used up (1)', ours('BudgetUsed', 'Maximum')),
        ],
        [graph('Oldest upload, s', age), graph('Files posted to the bucket', posts)],
      ],
    });
    new CfnOutput(this, 'DashboardName', { value: dashboard.dashboardName, description: 'In CloudWatch' });
  }
}

/** Of the queue of uploads. */
interface Demand {
  readonly age: IMetric;
  readonly posts: IMetric;
}

interface AlarmOptions {
  readonly evaluationPeriods: number;
  readonly comparisonOperator: ComparisonOperator;
  readonly treatMissingData: TreatMissingData;
}

/** One of the metrics that the service itself prints, over all models. */
function ours(metricName: string, statistic: string, period = fiveMinutes): Metric {
  return new Metric({ namespace, metricName, statistic, period });
}
