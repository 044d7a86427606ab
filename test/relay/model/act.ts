import { add, appAt, change, remove, repeat, secretly } from './change.ts';
import { planOf } from './plans.ts';
import type { SiteName } from './sites.ts';
import type { Step } from './steps.ts';
import type { World } from './world.ts';

/** Lets one thing happen. */
export async function act(world: World, step: Step): Promise<void> {
  const { hours, answers, sites } = world;
  switch (step.do) {
    case 'edit':
      return change(world, step, step.who, step.approve);
    case 'burst':
      for (const who of step.who) {
        change(world, step, who);
        if (step.apart > 0) await hours.pass(step.apart);
      }
      return;
    case 'secret':
      return secretly(world, step);
    case 'repeat':
      return repeat(world, step);
    case 'nonsense':
      return world.notify('updated', [{ objectType: 'App' }, 7]);
    case 'add':
      return add(world, step.who);
    case 'remove':
      return remove(world, step.app);
    case 'reload': {
      const task = [...sites.dev.site.tasks.keys()][step.task];
      if (task !== undefined) sites.dev.runTask(task);
      return;
    }
    case 'pass':
      return pass(world, step.ms);
    case 'answer':
      answers.set(step.to, step.answer);
      return;
    case 'answer for an app': {
      const app = appAt(world, 'dev', step.app);
      if (app) answers.set(app.id, step.answer);
      return;
    }
    case 'github':
      return setGitHub(world, step.closed);
    case 'site':
      return setSite(world, step.site, step.how);
    case 'lose':
      return lose(world, step.every);
    case 'handles':
      for (const { site } of Object.values(sites)) site.switches.duplicateSubscriptions = step.how;
      return;
    case 'burst size':
      for (const { site } of Object.values(sites)) site.switches.burst = step.size;
      return;
    case 'relay':
      return again(world, step.how, step.ms);
    case 'disk':
      return setDisk(world, step.full);
    case 'clock':
      return setClock(world, step.by);
    case 'plan':
      world.plan(planOf(step.plan));
      return again(world, 'restart', 0);
    case 'calm':
      return;
  }
}

/** Everything is well from now on. */
export async function heal(world: World): Promise<void> {
  const { answers, sites } = world;
  answers.clear();
  await setDisk(world, false);
  await setGitHub(world, false);
  for (const site of ['dev', 'prod'] as const) await setSite(world, site, 'back');
  lose(world, 0);
  for (const { site } of Object.values(sites)) site.switches.burst = 1;
  world.killAtNextDispatch(false);
  await resurrect(world);
}

async function pass(world: World, ms: number): Promise<void> {
  await world.hours.pass(ms);
  await resurrect(world);
}

async function resurrect(world: World): Promise<void> {
  if (!world.isDying()) return;
  await world.end(true);
  if (!world.ground.beginsFull) await setDisk(world, false);
  await world.start();
}

async function again(
  world: World,
  how: 'restart' | 'kill' | 'kill at a dispatch',
  ms: number,
): Promise<void> {
  await setDisk(world, false);
  if (how === 'kill at a dispatch') return world.killAtNextDispatch(true);
  await world.end(how === 'kill');
  await world.hours.pass(ms);
  await world.start();
}

async function setGitHub(world: World, closed: boolean): Promise<void> {
  const { since, book, hours, gateway } = world;
  if (closed && since.github === 0) since.github = hours.now();
  if (!closed && since.github > 0) {
    book.outages.push({ from: since.github, to: hours.now() });
    since.github = 0;
  }
  await gateway.closed(closed);
}

async function setSite(world: World, name: SiteName, how: 'away' | 'reset' | 'back' | 'restart') {
  const { since, sites, hours } = world;
  if (how === 'restart') {
    if (since[name] > 0) return;
    await sites[name].restart();
    return world.disturb(hours.now(), name);
  }
  if (how === 'back') {
    if (since[name] === 0) return;
    await sites[name].back();
    world.disturb(since[name], name);
    since[name] = 0;
    return;
  }
  if (since[name] > 0) return;
  since[name] = hours.now();
  await sites[name].away(how === 'away' ? 'refused' : 'reset');
}

function lose({ since, sites, hours, disturb }: World, every: number): void {
  if (since.lossy > 0) disturb(since.lossy);
  since.lossy = every > 0 ? hours.now() : 0;
  for (const { site } of Object.values(sites)) site.switches.loseEvery = every;
}

/** The machine's clock; or the database's by what is so little that nobody notices it at once. */
function setClock({ hours, ground, book }: World, by: number): void {
  const isLittle = Math.abs(by) < 3_600_000;
  const ofDatabase = isLittle && ground.setClock(by);
  if (!ofDatabase) hours.setClock(by);
  book.clocks.push({ at: hours.now(), by, noticed: !ofDatabase });
}

async function setDisk({ since, hours, disturb, ground }: World, full: boolean): Promise<void> {
  if (full === since.disk > 0) return;
  if (!full) disturb(since.disk);
  since.disk = full ? hours.now() : 0;
  await ground.full(full);
}
