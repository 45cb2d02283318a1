import { Annotations, type CfnElement, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { modelById } from '../core/catalogue.ts';
import { prefixes } from '../core/keys.ts';
import { acknowledge } from './acknowledge.ts';
import { Api } from './api.ts';
import { Requestor } from './requestor.ts';
import type { MlgSettings } from './settings.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';
import { Watch } from './watch.ts';

/** The whole service, in any account and region. */
export class MlgStack extends Stack {
  readonly storage: Storage;
  readonly api: Api;
  readonly uploads: Uploads;
  readonly requestor: Requestor;
  readonly watch: Watch;

  constructor(scope: Construct, id: string, settings: MlgSettings) {
    super(scope, id, { description: 'mlg: ImageNet classification on the Golem Network' });
    this.storage = new Storage(this, 'Storage', settings);
    this.api = new Api(this, 'Api', { storage: this.storage, settings });
    this.uploads = new Uploads(this, 'Uploads', { storage: this.storage, settings });
    this.requestor = new Requestor(this, 'Requestor', { storage: this.storage, settings });
    this.watch = new Watch(this, 'Watch', {
      apiId: this.api.gateway.apiId,
      uploads: this.uploads.queue,
      deadLetters: [this.uploads.deadLetters],
      settings,
    });
    this.#warnOfMissingImages(settings);
    this.#explainWildcards();
  }

  #explainWildcards(): void {
    const bucket = this.getLogicalId(this.storage.bucket.node.defaultChild as CfnElement);
    for (const prefix of Object.values(prefixes)) {
      acknowledge(this, {
        [`AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${prefix}*]`]: 'Objects get their names when they are made.',
      });
    }
    const cluster = this.getLogicalId(this.requestor.cluster.node.defaultChild as CfnElement);
    const tasks = `arn:<AWS::Partition>:ecs:<AWS::Region>:*:task/<${cluster}>/*`;
    acknowledge(this, { [`AwsSolutions-IAM5[Resource::${tasks}]`]: 'A task gets its name when it is started.' });
  }

  #warnOfMissingImages({ models, images }: MlgSettings): void {
    const families = new Set(Object.keys(models).map((id) => modelById(id)?.family));
    for (const family of families) {
      if (family && !images[family]) {
        const warning = `The setting images.${family} is missing: requests for that family will wait until it is there.`;
        Annotations.of(this).addWarningV2('mlg:no-image', warning);
      }
    }
  }
}
