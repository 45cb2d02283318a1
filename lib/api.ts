import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { environmentOf } from '../aws/settings.ts';
import { type Grant, notFound, type Route, type RouteFunction, routes } from '../functions/routes.ts';
import { buildPage } from '../web/build.ts';
import { Gateway } from './gateway.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { MlgSettings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface ApiProps {
  readonly storage: Storage;
  readonly settings: MlgSettings;
}

/** The HTTP API: the functions of functions/routes.ts, behind a gateway. */
export class Api extends Construct {
  readonly gateway: Gateway;

  constructor(scope: Construct, id: string, { storage, settings }: ApiProps) {
    super(scope, id);
    buildPage();
    const functionOf = (route: RouteFunction) => this.#function(route, storage, settings);
    const targets = Object.values<Route>(routes).map((route) => [route, functionOf(route)] as const);
    this.gateway = new Gateway(this, 'Gateway', { storage, settings, otherwise: functionOf(notFound) });
    for (const [{ path, takesKey }, target] of targets) this.gateway.route(path, target, takesKey);
  }

  #function(route: RouteFunction, storage: Storage, settings: MlgSettings): LambdaFunction {
    const { id, source, environment, allow, memory, seconds, files = [], usesSharp = false } = route;
    const target = new LambdaFunction(this, id, {
      environment: environmentOf(environment, { ...settings, ...storage.values }),
      timeout: Duration.seconds(seconds),
      reservedConcurrency: usesSharp ? settings.imageConcurrency : undefined,
      ...{ source, memory, files, usesSharp, logDays: settings.logDays },
    });
    for (const { actions, on, items } of allow) target.allow(actions, resource(storage, on), items);
    return target;
  }
}

function resource(storage: Storage, on: Grant['on']): string {
  if (on === 'table') return storage.table.tableArn;
  if (on === 'operations') return storage.operations.tableArn;
  return on === 'workIndex' ? storage.workIndex : storage.objects(on);
}
