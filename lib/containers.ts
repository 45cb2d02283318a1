import { fileURLToPath } from 'node:url';
import { Duration, IgnoreMode, RemovalPolicy } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { LogGroup, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { environmentOf, requestorVariables } from '../aws/settings.ts';
import { acknowledge } from './acknowledge.ts';
import type { MlgSettings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface ContainersProps {
  readonly storage: Storage;
  readonly settings: MlgSettings;
  /** What the daemon keeps from run to run; mounted at `datadirPath`. */
  readonly datadir: ecs.MountPoint;
  readonly log: LogGroupProps;
}

export const datadirPath = '/yagna';
/** Where the requestor's image lets it write (TMPDIR); the containers' own file systems are read-only. It goes with the task. */
const scratchPath = '/scratch';
/** Where the Golem daemon listens: the containers share one network interface. */
const apiUrl = 'http://127.0.0.1:7465';
/** The longest that Fargate waits between SIGTERM and SIGKILL. */
const longestStop = Duration.seconds(120);

/**
 * The task's containers, each of which starts when the one before is healthy, and ends before it:
 *
 * 1. `lock` holds the daemon's data for this run. While another run has it, this task ends here.
 * 2. `yagna` is the Golem daemon. When told to end, it pays what is owed, and waits for the payments' confirmation.
 * 3. `requestor` does the run; its end is the task's end.
 */
export function addContainers(scope: Construct, task: ecs.FargateTaskDefinition, props: ContainersProps): void {
  const { storage, settings, datadir } = props;
  const logGroup = new LogGroup(scope, 'Log', props.log);
  const logging = (streamPrefix: string) => ecs.LogDrivers.awsLogs({ streamPrefix, logGroup });
  const requestorImage = image(settings.requestorImage, 'requestor/Dockerfile');
  const secret = hexSecrets(scope, settings.keepData);
  const appKey = secret('AppKey', 32, 'The key of the daemon’s API, which only the task itself can reach.');
  const identity = secret('Identity', 64, 'The wallet’s private key: a new one would be another wallet.');
  task.addVolume({ name: 'scratch' });
  const scratch: ecs.MountPoint = { sourceVolume: 'scratch', containerPath: scratchPath, readOnly: false };
  const lockFile = `${scratchPath}/lock-held`;

  const lock = task.addContainer('lock', {
    image: requestorImage,
    command: ['node', 'requestor/lock/main.ts'],
    environment: environmentOf(['operations', 'lockFile'], { ...storage.values, lockFile }),
    readonlyRootFilesystem: true,
    healthCheck: { command: ['CMD', 'test', '-f', lockFile], interval: Duration.seconds(5), retries: 10 },
    startTimeout: Duration.seconds(60),
    stopTimeout: Duration.seconds(30),
    logging: logging('lock'),
  });
  lock.addMountPoints(scratch);

  const yagna = task.addContainer('yagna', {
    image: image(settings.yagnaImage, 'requestor/yagna/Dockerfile'),
    command: ['node', 'requestor/yagna/main.ts'],
    environment: {
      ...environmentOf(['network', 'apiUrl'], { ...settings, apiUrl }),
      YAGNA_DATADIR: datadirPath,
      GSB_URL: 'tcp://127.0.0.1:7464',
      YA_CONSENT_STATS: 'deny',
    },
    secrets: {
      YAGNA_AUTOCONF_APPKEY: ecs.Secret.fromSecretsManager(appKey),
      YAGNA_AUTOCONF_ID_SECRET: ecs.Secret.fromSecretsManager(identity),
    },
    readonlyRootFilesystem: true,
    healthCheck: {
      command: ['CMD', 'node', 'requestor/yagna/healthy.ts'],
      interval: Duration.seconds(10),
      startPeriod: Duration.seconds(60),
      retries: 6,
    },
    startTimeout: longestStop,
    stopTimeout: longestStop,
    logging: logging('yagna'),
  });
  yagna.addMountPoints(datadir);
  yagna.addContainerDependencies({ container: lock, condition: ecs.ContainerDependencyCondition.HEALTHY });

  const requestor = task.addContainer('requestor', {
    image: requestorImage,
    command: ['node', 'requestor/main.ts'],
    environment: requestorEnvironment(storage, settings),
    secrets: { YAGNA_APPKEY: ecs.Secret.fromSecretsManager(appKey) },
    readonlyRootFilesystem: true,
    // Leases are given back in it.
    stopTimeout: longestStop,
    logging: logging('requestor'),
  });
  requestor.addMountPoints(scratch);
  requestor.addContainerDependencies({ container: yagna, condition: ecs.ContainerDependencyCondition.HEALTHY });
}

function requestorEnvironment({ values }: Storage, settings: MlgSettings): Record<string, string> {
  const scheduleSeconds = settings.scheduleMinutes * 60;
  return environmentOf(requestorVariables, { ...values, ...settings, ...settings.spending, scheduleSeconds, apiUrl });
}

/** Makes secrets whose values are made at deployment and seen by nobody. Without the wallet's, what it holds is lost. */
function hexSecrets(scope: Construct, keepData: boolean) {
  const removalPolicy = keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  return (id: string, digits: number, whyFixed: string): ISecret => {
    const secret = new Secret(scope, id, {
      generateSecretString: {
        passwordLength: digits,
        excludePunctuation: true,
        excludeUppercase: true,
        excludeCharacters: 'ghijklmnopqrstuvwxyz',
        requireEachIncludedType: false,
      },
      removalPolicy,
    });
    acknowledge(secret, { 'AwsSolutions-SMG4': whyFixed });
    return secret as ISecret;
  };
}

const root = fileURLToPath(new URL('..', import.meta.url));
/** What the Dockerfiles copy; the rest of the repository does not change the images. */
const imageFiles = ['.npmrc', 'package.json', 'package-lock.json', 'aws/**', 'core/**', 'process/**', 'requestor/**'];

function image(reference: string | undefined, file: string): ecs.ContainerImage {
  if (reference) return ecs.ContainerImage.fromRegistry(reference);
  const exclude = ['**', ...imageFiles.map((path) => `!${path}`)];
  return ecs.ContainerImage.fromAsset(root, { file, exclude, ignoreMode: IgnoreMode.DOCKER });
}
