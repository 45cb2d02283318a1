/** Of the stack, what moto's CloudFormation does not know, or fails at (EFS). */
const unknownToMoto = [
  'AWS::ApiGatewayV2::',
  'AWS::EFS::',
  'AWS::SecretsManager::',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
];

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DependsOn?: string | string[];
}

interface CloudFormationTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** With it, moto would run the function itself, in Docker, on each message; tests hand the messages over. */
const notForMoto = ['AWS::Lambda::EventSourceMapping'];

/** The template for moto: what it cannot have is taken out, and what refers to that refers to a made-up ARN. */
export function forMoto(template: unknown): CloudFormationTemplate {
  const { Resources } = template as CloudFormationTemplate;
  const left = [...unknownToMoto, ...notForMoto];
  const isGone = (id: unknown) => left.some((type) => Resources[String(id)]?.Type.startsWith(type));
  const madeUp = (id: unknown) => `arn:aws:moto:us-east-1:123456789012:${id}`;
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, 'Fn::GetAtt': attribute } = value as Record<string, unknown>;
    if (isGone(Ref)) return madeUp(Ref);
    if (Array.isArray(attribute) && isGone(attribute[0])) return madeUp(attribute[0]);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]));
  };
  const kept = Object.entries(Resources).filter(([id]) => !isGone(id));
  const resources = kept.map(([id, resource]) => {
    const { DependsOn = [], ...rest } = replace(resource) as Resource;
    const needed = [DependsOn].flat().filter((other) => !isGone(other));
    return [id, { ...withoutBundle(rest), DependsOn: needed }] as const;
  });
  return { Resources: Object.fromEntries(resources) };
}

/** Bundles are uploaded by `cdk deploy`; moto runs none. */
function withoutBundle(resource: Resource): Resource {
  if (resource.Type !== 'AWS::Lambda::Function') return resource;
  return { ...resource, Properties: { ...resource.Properties, Code: { ZipFile: 'none' } } };
}
