import * as v from 'valibot';

// What AWS would choose when it creates a stack. Only these values are the local cloud's own.
export const region = 'us-east-1';
const account = '000000000000';

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/mlg/local`,
  'AWS::StackName': 'mlg',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A resource whose properties have been resolved and checked. */
export interface Resource<Properties> {
  /** Its logical id; but for buckets, also what `Ref` returns. */
  readonly id: string;
  readonly ref: string;
  readonly arn: string;
  readonly properties: Properties;
  readonly metadata: Readonly<Record<string, unknown>>;
}

type Value = unknown;
type Intrinsic = (argument: Value, at: string) => Value;

const schema = v.object({
  Resources: v.record(
    v.string(),
    v.object({
      Type: v.string(),
      Properties: v.optional(v.record(v.string(), v.unknown()), {}),
      Metadata: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
  ),
});

/** A CloudFormation template, read as if its resources had been created. */
export class Template {
  readonly #resources: v.InferOutput<typeof schema>['Resources'];

  constructor(template: unknown) {
    this.#resources = v.parse(schema, template).Resources;
  }

  /**
   * The resources of a type, with the properties that `properties` asks for. The others are not looked at.
   * @throws Error when one of them is of another form, or uses an intrinsic function that is not known here
   */
  resources<Schema extends v.ObjectSchema<v.ObjectEntries, undefined>>(
    type: string,
    properties: Schema,
  ): Resource<v.InferOutput<Schema>>[] {
    const ofType = Object.entries(this.#resources).filter(([, { Type }]) => Type === type);
    return ofType.map(([id, { Properties, Metadata }]) => {
      const result = v.safeParse(properties, this.resolve(Properties, id));
      if (!result.success) {
        const [issue] = result.issues;
        throw new Error(`${type} ${id} cannot be run here: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}.`);
      }
      return { id, ref: this.#ref(id), arn: this.#arn(id), properties: result.output, metadata: Metadata };
    });
  }

  /**
   * A value with its intrinsic functions replaced by their values. Objects are resolved property by property as
   * they are read, so that an unread property may hold what is not known here.
   * @throws Error (then) for an intrinsic function or an attribute that is not known here
   */
  resolve(value: Value, at = 'value'): Value {
    if (Array.isArray(value)) {
      return value.filter(isGiven).map((element, index) => this.resolve(element, `${at}[${index}]`));
    }
    if (!isRecord(value)) return value;
    const [only, ...others] = Object.keys(value);
    if (only !== undefined && others.length === 0 && isIntrinsic(only)) {
      const intrinsic = this.#intrinsics[only];
      if (!intrinsic) throw new Error(`${at} uses ${only}, which the local cloud does not know.`);
      return intrinsic(value[only], `${at}.${only}`);
    }
    const given = Object.entries(value).filter(([, inner]) => isGiven(inner));
    const getters = given.map(([key, inner]) => {
      return [key, { enumerable: true, get: () => this.resolve(inner, `${at}.${key}`) }] as const;
    });
    return Object.defineProperties({}, Object.fromEntries(getters));
  }

  readonly #intrinsics: Readonly<Record<string, Intrinsic>> = {
    Ref: (name, at) => this.#variable(text(name, at), at),
    'Fn::GetAtt': (argument, at) => {
      const path = typeof argument === 'string' ? argument : list(argument, at).join('.');
      return this.#variable(path, at);
    },
    'Fn::Join': (argument, at) => {
      const [separator, parts] = list(argument, at);
      return list(this.resolve(parts, at), at).join(text(separator, at));
    },
    'Fn::Split': (argument, at) => {
      const [separator, whole] = list(argument, at);
      return text(this.resolve(whole, at), at).split(text(separator, at));
    },
    'Fn::Select': (argument, at) => {
      const [index, values] = list(argument, at);
      return list(this.resolve(values, at), at)[Number(index)];
    },
    'Fn::Sub': (argument, at) => {
      const [pattern, variables] = typeof argument === 'string' ? [argument, {}] : list(argument, at);
      const own = this.resolve(variables ?? {}, at) as Record<string, Value>;
      return text(pattern, at).replace(/\$\{(!?)([^}]+)\}/g, (_, literal, name) => {
        if (literal) return `\${${name}}`;
        return String(name in own ? own[name] : this.#variable(name, at));
      });
    },
  };

  /** The value of a name: a pseudo parameter, a resource, or a resource's attribute (`<id>.<attribute>`). */
  #variable(name: string, at: string): Value {
    const pseudo = pseudoParameters[name];
    if (pseudo !== undefined) return pseudo;
    const [id = '', attribute] = name.split('.');
    if (!this.#resources[id]) throw new Error(`${at} refers to ${id}, which the template does not hold.`);
    if (attribute === undefined) return this.#ref(id);
    if (attribute === 'Arn') return this.#arn(id);
    throw new Error(`${at} asks for ${name}, an attribute that the local cloud does not know.`);
  }

  #ref(id: string): string {
    return this.#resources[id]?.Type === 'AWS::S3::Bucket' ? id.toLowerCase() : id;
  }

  #arn(id: string): string {
    const service = this.#resources[id]?.Type.split('::')[1]?.toLowerCase();
    return `arn:aws:${service}:${region}:${account}:${this.#ref(id)}`;
  }
}

function isIntrinsic(key: string): boolean {
  return key === 'Ref' || key.startsWith('Fn::');
}

function isRecord(value: Value): value is Record<string, Value> {
  return typeof value === 'object' && value !== null;
}

/** Not `AWS::NoValue`, which takes away what holds it. */
function isGiven(value: Value): boolean {
  return !(isRecord(value) && value.Ref === 'AWS::NoValue');
}

function text(value: Value, at: string): string {
  if (typeof value !== 'string') throw new Error(`${at} should be given text.`);
  return value;
}

function list(value: Value, at: string): Value[] {
  if (!Array.isArray(value)) throw new Error(`${at} should be given a list.`);
  return value;
}
