import { fileURLToPath } from 'node:url';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ICommandHooks, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface LambdaFunctionProps {
  /** The file that exports `handler`, from the repository's root. */
  readonly source: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** MB. Lambda gives processor time in proportion: one processor at 1769. */
  readonly memory: number;
  readonly timeout: Duration;
  readonly logDays: RetentionDays;
  /** Executions at a time that it gets, and no more; without, it shares the account's with all others. */
  readonly reservedConcurrency?: number | undefined;
  /** Files and directories that it reads, from the repository's root; they stand beside its bundle. */
  readonly files?: readonly string[];
  /** Whether it decodes images, and so needs sharp's native code beside its bundle. */
  readonly usesSharp?: boolean;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** A Lambda function of one bundled file, with a role and a log group of its own: it may log, and what is granted. */
export class LambdaFunction extends Construct implements IGrantable {
  readonly lambda: NodejsFunction;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', { retention: props.logDays, removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);

    this.grantPrincipal = role;
    this.lambda = new NodejsFunction(this, 'Lambda', {
      entry: `${root}${props.source}`,
      projectRoot: root,
      depsLockFilePath: `${root}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.X86_64,
      memorySize: props.memory,
      timeout: props.timeout,
      ...(props.reservedConcurrency && { reservedConcurrentExecutions: props.reservedConcurrency }),
      environment: { ...props.environment },
      role,
      logGroup,
      bundling: {
        format: OutputFormat.ESM,
        mainFields: ['module', 'main'],
        minify: true,
        externalModules: props.usesSharp ? ['sharp'] : [],
        // Libraries in the older module format ask for Node's own modules through `require`.
        banner:
          "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
        commandHooks: additions(props),
      },
    });
    // Where local/cloud finds the program: it runs the source, without a bundle.
    (this.lambda.node.defaultChild as CfnFunction).addMetadata('mlg:source', props.source);
  }

  /** @param items of a table: the id, or the pattern of ids, that it is limited to */
  allow(actions: readonly string[], resource: string, items?: string): void {
    const conditions = items === undefined ? {} : { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [items] } };
    this.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: [...actions], resources: [resource], conditions }),
    );
  }
}

/** Commands that put beside the bundle what is not in it. */
function additions({ usesSharp, files = [] }: LambdaFunctionProps): ICommandHooks {
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (inputDir, outputDir) => {
      const add = (script: string, ...args: string[]) =>
        [`${inputDir}/node_modules/.bin/node`, `${inputDir}/lib/bundling/${script}`, outputDir, ...args]
          .map((word) => `"${word}"`)
          .join(' ');
      return [...(usesSharp ? [add('add-sharp.ts')] : []), ...files.map((file) => add('add-file.ts', file))];
    },
  };
}
