import type { App } from '../../simulator/site/entities.ts';
import { fullUserName } from '../../simulator/site/entities.ts';
import type { World } from './world.ts';

/**
 * Promise 5 on the source: the app changes by its tag, and what `done` asks, alone. What persons change is the new
 * picture.
 */
export function watchSource(world: World, app: App | undefined, mayLoseRows: boolean) {
  const picture = () =>
    app &&
    JSON.stringify({
      name: app.name,
      description: app.description,
      owner: fullUserName(app.owner),
      stream: app.stream?.name,
      rows: mayLoseRows ? [] : app.customProperties.map(row => `${row.definition.name}=${row.value}`).sort(),
      version: world.versions.get(app.id)?.length,
    });
  let known = picture();
  const isThere = () => app !== undefined && world.sites.dev.site.apps.has(app.id);

  return {
    /** Around what a person does. */
    during(act: () => void) {
      const faults = this.faults();
      act();
      known = picture();
      return faults;
    },
    faults: (): string[] =>
      isThere() && picture() !== known ? [`the source app was ${known}, and is ${picture()}`] : [],
  };
}
