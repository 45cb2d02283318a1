import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why findings of cdk-nag are meant to be so.
 * @param reasons by the finding's id, such as `AwsSolutions-S1` or `AwsSolutions-IAM5[Resource::*]`
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}
