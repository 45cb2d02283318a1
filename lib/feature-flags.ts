import cdk from '../cdk.json' with { type: 'json' };

/** How CDK is to behave, as cdk.json tells its command line: so that other programs synthesize what it deploys. */
export const featureFlags: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(cdk.context).filter(([key]) => key.startsWith('@aws-cdk')),
);
